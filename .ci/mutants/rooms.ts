/** A part of the sources, and the suites that have to notice when it changes. */
export interface Room {
  readonly sources: readonly string[];
  readonly suites: readonly string[];
  /** Suites that take long: they are asked only about what the others let live. */
  readonly slowSuites: readonly string[];
}

/** By the name that `--room` takes. Patterns are those of `node:fs` `globSync`. */
export const rooms: Readonly<Record<string, Room>> = {
  calico: {
    sources: ['src/calico/**/*.ts'],
    suites: ['test/calico/*.test.ts', 'test/conformance/*.test.ts'],
    slowSuites: ['test/calico/*-laws.test.ts', 'test/conformance/*.test.ts'],
  },
  linkerd: {
    sources: ['src/linkerd/**/*.ts'],
    suites: ['test/linkerd/*.test.ts', 'test/conformance/*.test.ts'],
    slowSuites: ['test/conformance/*.test.ts'],
  },
  rules: {
    sources: ['src/rules/**/*.ts', 'src/facts/**/*.ts'],
    suites: [
      'test/rules/*.test.ts',
      'test/golden/*.test.ts',
      'test/docs/rules.test.ts',
      'test/engine/*.test.ts',
      'test/admission/*.test.ts',
    ],
    slowSuites: ['test/rules/*-law.test.ts', 'test/engine/*.test.ts', 'test/admission/*.test.ts'],
  },
  admission: {
    sources: ['src/admission/**/*.ts'],
    suites: ['test/admission/*.test.ts', 'test/server/reviews.test.ts', 'test/server/take-aways.test.ts'],
    slowSuites: ['test/admission/bounded-work.test.ts', 'test/server/take-aways.test.ts'],
  },
};
