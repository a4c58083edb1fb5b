// Runs on Node.js 12 and newer, so that an old one says what is missing instead of failing somewhere in the source.
const needed = 24;

/** The sentence for a version of Node.js that is too old; undefined for one that will do. */
export function complaintAbout(version) {
  if (Number(version.split('.')[0]) >= needed) return undefined;
  return (
    'tollgate needs Node.js ' +
    needed +
    ' or newer, and this is ' +
    version +
    ': run `npm ci`, which brings Node.js 24 on Linux (x64, arm64) and macOS (arm64), ' +
    'and start tollgate with npm or npx; elsewhere install Node.js 24'
  );
}

const complaint = complaintAbout(process.versions.node);
if (complaint !== undefined) {
  console.error(complaint);
  process.exitCode = 2;
}

export const nodeIsRecentEnough = complaint === undefined;
