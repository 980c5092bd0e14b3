// Permitted moves as SQL. In: a table of moves of contracts/. Out: the list of states that a move may start from, for the WHERE of its update.

/** The states from which `to` may be reached, as SQL literals: `'queued', 'running'`. The names are our own constants, never input. */
export const statesBefore = <S extends string>(moves: Readonly<Record<S, readonly S[]>>, to: S): string =>
  Object.entries<readonly S[]>(moves)
    .filter(([, next]) => next.includes(to))
    .map(([state]) => `'${state}'`)
    .join(', ');
