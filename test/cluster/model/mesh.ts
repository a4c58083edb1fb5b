import { defaultProfile } from '../../../src/linkerd/index.ts';

/** The Linkerd of the model's cluster: as the conventions there take it to be. */
export const linkerd = defaultProfile();
