/** Where a record comes from, as far as it decides whose place it may take. */
export interface Origin {
  connectionId: string;
  systemOfRecord: boolean;
}

/** A vendor's own duplicates are the vendor's to merge, and a cluster has room for one record of the system of record. */
export function areApart(a: Origin, b: Origin): boolean {
  return a.connectionId === b.connectionId || (a.systemOfRecord && b.systemOfRecord);
}
