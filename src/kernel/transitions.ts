import { AppError } from './errors.js';
import { msg } from './message.js';

/** A state graph as data. A state without successors is terminal. */
export interface Transitions<S extends string> {
  readonly states: readonly S[];
  next(from: S): readonly S[];
  isTerminal(state: S): boolean;
  /** Throws ILLEGAL_TRANSITION (details: from, to, allowed) when the graph has no such edge. */
  assert(from: S, to: S): void;
}

export function defineTransitions<S extends string>(edges: Record<S, readonly S[]>): Transitions<S> {
  const next = (from: S): readonly S[] => edges[from];
  return {
    states: Object.keys(edges) as S[],
    next,
    isTerminal: (state) => next(state).length === 0,
    assert(from, to) {
      if (next(from).includes(to)) return;
      const allowed = next(from);
      const hint = allowed.length > 0 ? msg`Allowed next: ${allowed.join(', ')}.` : msg`${from} is final.`;
      throw new AppError('ILLEGAL_TRANSITION', msg`${from} cannot become ${to}. ${hint}`, {
        field: 'status',
        details: { from, to, allowed },
      });
    },
  };
}
