export type { ObjectProblem } from './object-problem.ts';
export { linkerdObjectProblems } from './validate-object.ts';
