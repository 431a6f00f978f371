/** Entities serve configuration and reading; bulk paths use the same transaction's raw statements (docs/adr/0003). */
export const ENTITIES: (new () => object)[] = [];
