import type { Condition } from './condition.ts';

/**
 * Which values each variable can still have, as conditions are demanded one by one; demands can be taken back to a
 * mark. Variables are independent of each other, so as long as each has a value left, and every demand that is a
 * choice between parts can be met, there is a pod that fulfils all demands.
 */
export class Narrowing {
  readonly #alive: readonly Uint8Array[];
  readonly #count: Int32Array;
  /** Pairs of variable and value, in the order in which values were ruled out. */
  readonly #ruledOut: number[] = [];
  /** Demands of which one part must hold and more than one still can. */
  readonly #open: Condition[] = [];
  readonly #budget: Budget;

  /** `sizes` are the numbers of values of the variables. */
  constructor(sizes: readonly number[], budget: Budget) {
    this.#alive = sizes.map((size) => new Uint8Array(size).fill(1));
    this.#count = Int32Array.from(sizes);
    this.#budget = budget;
  }

  /** Whether too much has been looked at: answers then say that nothing more can be found. */
  get exhausted(): boolean {
    return this.#budget.left <= 0;
  }

  mark(): Mark {
    return { ruledOut: this.#ruledOut.length, open: this.#open.length };
  }

  backTo({ ruledOut, open }: Mark): void {
    while (this.#ruledOut.length > ruledOut) {
      const value = this.#ruledOut.pop() as number;
      const variable = this.#ruledOut.pop() as number;
      (this.#alive[variable] as Uint8Array)[value] = 1;
      this.#count[variable] = this.#left(variable) + 1;
    }
    this.#open.length = open;
  }

  /** True or false where the demands so far decide a condition, else undefined. */
  evaluate(condition: Condition): boolean | undefined {
    this.#budget.left--;
    switch (condition.kind) {
      case 'constant':
        return condition.value;
      case 'choice': {
        const alive = this.#alive[condition.variable] as Uint8Array;
        let left = 0;
        for (const member of condition.members) left += alive[member] as number;
        this.#budget.left -= condition.members.length >> 3;
        if (left === 0) return !condition.holds;
        return left === this.#left(condition.variable) ? condition.holds : undefined;
      }
      default:
        return this.#evaluateParts(condition.parts, condition.kind === 'any');
    }
  }

  /** Rules out every pod that does not fulfil a condition; false where none is left, as far as can be seen at once. */
  demand(condition: Condition): boolean {
    this.#budget.left--;
    switch (condition.kind) {
      case 'constant':
        return condition.value;
      case 'choice':
        return this.#choose(condition.variable, condition.members, condition.holds);
      case 'all':
        return condition.parts.every((part) => this.demand(part));
      default:
        return this.#demandAny(condition);
    }
  }

  /**
   * Whether some pod fulfils all demands; if so the values that are left are such that any of them will do, if not
   * the values are as they were.
   */
  settle(): boolean {
    const mark = this.mark();
    if (this.#settle(this.#open.length - 1, 0)) return true;
    this.backTo(mark);
    return false;
  }

  /** The first value that a variable can still have. */
  firstValue(variable: number): number {
    return (this.#alive[variable] as Uint8Array).indexOf(1);
  }

  /** Meets the open demands up to an index, the last first: what is demanded to meet one comes behind it. */
  #settle(last: number, depth: number): boolean {
    let index = last;
    while (index >= 0 && this.evaluate(this.#open[index] as Condition) === true) index--;
    const next = this.#open[index];
    if (!next || next.kind === 'constant' || next.kind === 'choice') return true;
    if (depth > maximumDepth) this.#budget.left = 0;
    if (this.exhausted) return false;
    for (const part of next.parts) {
      if (this.evaluate(part) === false) continue;
      const mark = this.mark();
      if (this.demand(part)) {
        const isOpen = this.#open.length > mark.open;
        if (this.#settle(isOpen ? this.#open.length - 1 : index - 1, depth + 1)) return true;
      }
      this.backTo(mark);
    }
    return false;
  }

  #evaluateParts(parts: readonly Condition[], decisive: boolean): boolean | undefined {
    let open = false;
    for (const part of parts) {
      const value = this.evaluate(part);
      if (value === decisive) return decisive;
      if (value === undefined) open = true;
    }
    return open ? undefined : !decisive;
  }

  #demandAny(condition: Extract<Condition, { readonly parts: unknown }>): boolean {
    let only: Condition | undefined;
    for (const part of condition.parts) {
      const value = this.evaluate(part);
      if (value === true) return true;
      if (value === false) continue;
      if (only) {
        this.#open.push(condition);
        return true;
      }
      only = part;
    }
    return only !== undefined && this.demand(only);
  }

  #choose(variable: number, members: readonly number[], holds: boolean): boolean {
    if (!holds) {
      for (const member of members) this.#ruleOut(variable, member);
    } else {
      const wanted = new Set(members);
      const alive = this.#alive[variable] as Uint8Array;
      this.#budget.left -= alive.length >> 3;
      for (let value = 0; value < alive.length; value++)
        if (!wanted.has(value)) this.#ruleOut(variable, value);
    }
    return this.#left(variable) > 0;
  }

  #ruleOut(variable: number, value: number): void {
    const alive = this.#alive[variable] as Uint8Array;
    if (alive[value] === 0) return;
    alive[value] = 0;
    this.#count[variable] = this.#left(variable) - 1;
    this.#ruledOut.push(variable, value);
  }

  #left(variable: number): number {
    return this.#count[variable] as number;
  }
}

/** Demands that are met one inside the search for another before the search is given up. */
const maximumDepth = 1_000;

/** How many conditions may still be looked at before the search is given up; searches can share one. */
export interface Budget {
  left: number;
}

/** A state to come back to. */
export interface Mark {
  readonly ruledOut: number;
  readonly open: number;
}
