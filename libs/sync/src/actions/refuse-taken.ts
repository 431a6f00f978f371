import { sqlState, type TenantTx } from '#hub/persistence';
import { Refusal } from './actor.js';

/** Names are unique among living connections, and one of them is the system of record. */
export async function refuseTaken(tx: TenantTx, input: { id?: string; name?: string; systemOfRecord?: boolean }): Promise<void> {
  const [taken] = await tx.query<{ by_name: boolean; by_record: boolean }>(
    `SELECT EXISTS (SELECT FROM connection WHERE name = $1 AND deleted_at IS NULL AND id IS DISTINCT FROM $3) AS by_name,
       $2 AND EXISTS (SELECT FROM connection WHERE system_of_record AND deleted_at IS NULL AND id IS DISTINCT FROM $3) AS by_record`,
    [input.name ?? null, input.systemOfRecord ?? false, input.id ?? null],
  );
  if (taken.by_name) throw nameTaken();
  if (taken.by_record) throw secondSystemOfRecord();
}

/** Two requests at once pass the check above together; the database lets one of them in. */
export async function orRefuseTaken<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (sqlState(error) !== '23505') throw error;
    throw (error as { constraint?: string }).constraint === 'connection_system_of_record_key' ? secondSystemOfRecord() : nameTaken();
  }
}

function nameTaken(): Refusal {
  return new Refusal(409, 'NAME_TAKEN', 'a connection of this name exists; choose another', [
    { pointer: '/name', code: 'taken', detail: 'names are unique' },
  ]);
}

function secondSystemOfRecord(): Refusal {
  return new Refusal(409, 'SECOND_SYSTEM_OF_RECORD', 'another connection is the system of record; there is only one', [
    { pointer: '/systemOfRecord', code: 'taken', detail: 'delete the other first' },
  ]);
}
