/** The sentence for a version of Node.js that is too old; undefined for one that will do. */
export declare function complaintAbout(version: string): string | undefined;
export declare const nodeIsRecentEnough: boolean;
