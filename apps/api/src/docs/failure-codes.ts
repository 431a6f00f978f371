import type { FailureCode } from '#hub/canonical';

export interface CodePage {
  means: string;
  engine: string;
  wayOut: string;
}

/** What each failure code means, what the engine does by itself, and the way out for whoever acts. */
export const CODE_PAGES: Record<FailureCode, CodePage> = {
  TRANSIENT: {
    means: 'The vendor failed for the moment: a 5xx answer, a broken connection, or no answer in time.',
    engine: 'Tries again with growing pauses; the run fails only after several attempts without any progress.',
    wayOut: 'Nothing to do. If it stays, look at the vendor’s status page and test the connection.',
  },
  RATE_LIMITED: {
    means: 'The vendor asks the hub to slow down.',
    engine: 'Waits until the time that the vendor names and shares the budget among all workers.',
    wayOut: 'Nothing to do. If it happens all day, raise the limit at the vendor or the interval of the stream.',
  },
  AUTH: {
    means: 'The vendor does not accept the credentials: revoked, expired, or wrong.',
    engine: 'Pauses the connection; nothing is lost and no cursor moves.',
    wayOut: 'Make new credentials at the vendor and give them to the connection (`PATCH /connections/{id}`): it resumes by itself.',
  },
  PERMISSION: {
    means: 'The credentials are accepted, but may not do this, or the record belongs to somebody else.',
    engine: 'Parks the record and goes on with the others.',
    wayOut:
      'Grant the permission that the sentence names, or let the record’s owner change it at the vendor; then retry. Where nobody can, resolve the item with a reason.',
  },
  CONFIG: {
    means: 'The settings of a connection or of this installation are wrong.',
    engine: 'Stops the stream and does not retry.',
    wayOut: 'Correct the field that the sentence names, then resume the connection.',
  },
  CURSOR_EXPIRED: {
    means: 'The vendor no longer knows where the last sync ended.',
    engine: 'Walks the whole stream again (RESYNC) and compares; no record is deleted on absence alone without a check.',
    wayOut: 'Nothing to do.',
  },
  INVALID_VALUE: {
    means: 'A value breaks a rule of the mapping or of the vendor.',
    engine: 'Parks the record, or only the field where the mapping can do without it.',
    wayOut:
      'Correct the value where it comes from and retry fresh; or edit the payload; or change the mapping and retry with the current mapping.',
  },
  MISSING_REQUIRED: {
    means: 'A value that the record cannot do without is not there.',
    engine: 'Parks the record.',
    wayOut: 'Fill it in where the record comes from and retry fresh, or make the field optional in the mapping.',
  },
  STAGE_UNMAPPED: {
    means: 'A stage, status or outcome that the mapping has no word for.',
    engine: 'Parks the record and never guesses.',
    wayOut: 'Add the word to the enum table of the mapping, then retry with the current mapping.',
  },
  AMBIGUOUS_MATCH: {
    means: 'The record could be two different people or things.',
    engine: 'Keeps it apart and asks a person; of people, only the fields that depend on the answer wait.',
    wayOut:
      'Of people: decide the pair (`tributary identity review`, `tributary identity decide`). Else correct what points at both, then retry; or resolve the item with a reason.',
  },
  CONFLICT: {
    means: 'Two systems changed the same field since they last agreed.',
    engine: 'Freezes that field only; everything else goes on.',
    wayOut: 'Settle the conflict: ours, theirs, or another value.',
  },
  DEPENDENCY_MISSING: {
    means: 'The record belongs to another one that has not been seen yet.',
    engine: 'Waits, and lets it in as soon as the other arrives.',
    wayOut: 'Nothing to do. If it stays, sync the stream of the missing record or look whether it was excluded.',
  },
  SCHEMA_DRIFT: {
    means: 'A field that the mapping reads has vanished or changed its type at the vendor.',
    engine: 'Blocks that field only and keeps its last value.',
    wayOut: 'Adapt the path in the mapping, then retry with the current mapping.',
  },
  NOT_FOUND: {
    means: 'The record that should be changed is not at the vendor any more.',
    engine: 'Checks by a fresh read, then parks the change.',
    wayOut: 'Restore it at the vendor and retry, or resolve the item with a reason.',
  },
  UNKNOWN_OUTCOME: {
    means: 'A record was sent to be created and the answer was lost.',
    engine: 'Looks for it by its write id until the vendor’s visibility time has passed; never creates it a second time blindly.',
    wayOut: 'Look whether it is at the vendor. If it is not, retry; if it is there without its write id, resolve the item with a reason.',
  },
  POLICY: {
    means: 'A rule forbids it: consent, opt-out, a protected class of data, or a change of unusually many records.',
    engine: 'Drops the write, or holds the stream by the brake; never retries.',
    wayOut: 'If the rule is right, nothing to do. A brake is released with a reason once somebody has looked.',
  },
  DRIFT: {
    means: 'A fresh read shows other values than the hub holds.',
    engine: 'Reads again, then parks; closes by itself when both agree.',
    wayOut: 'Retry: it is compared afresh. If it stays, look at what the record’s page says about that field.',
  },
  MISSING: {
    means: 'The hub holds a record that its source does not have.',
    engine: 'Parks it; closes by itself on agreement.',
    wayOut: 'Restore it at the source, or let the next full sync mark it as deleted; then retry.',
  },
  ORPHAN: {
    means: 'The source has a record that the hub does not hold.',
    engine: 'Fetches it and compares again, then parks.',
    wayOut: 'Refetch the record. If the mapping excludes it, that is the reason; resolve the item with it.',
  },
  BUG: {
    means: 'The hub or a connector failed in a way that is nobody’s data or settings.',
    engine: 'Stops the stream and keeps everything.',
    wayOut: 'Report it with the run’s id. Resume the connection after the update.',
  },
};

/** What the API itself refuses, beside the codes above. */
export const API_CODES: Record<string, { status: number; means: string }> = {
  INVALID_REQUEST: { status: 422, means: 'The request has faults; `errors` names each field by a JSON pointer, with the rule.' },
  BAD_REQUEST: { status: 400, means: 'The request cannot be read; its body is not valid JSON.' },
  UNAUTHENTICATED: { status: 401, means: 'There is no key, or it is unknown, expired or revoked.' },
  UNVERIFIED: { status: 401, means: 'The signature of a webhook does not fit its bytes and any secret that is set.' },
  FORBIDDEN: { status: 403, means: 'The key’s role or scopes do not hold the permission that the sentence names.' },
  ILLEGAL_TRANSITION: { status: 409, means: 'The item’s state does not allow this; `allowed` lists what it can become.' },
  NEEDS_A_DECISION: { status: 409, means: 'A retry cannot decide a conflict or a match.' },
  NOTHING_STORED: { status: 409, means: 'No payload of this record is kept; only a fresh retry can work.' },
  NOT_PREVIEWED: { status: 409, means: 'A fresh retry reads from the vendor when it runs, so it has no preview.' },
  NOT_EDITABLE: { status: 409, means: 'Only a live item that its mapping refused can be edited.' },
  STILL_REFUSED: { status: 422, means: 'The edited payload does not pass the mapping either; the pointers say where.' },
  SUPERSEDED: { status: 409, means: 'A newer item of the same trouble is live; work on that one.' },
  CHANGED_MEANWHILE: { status: 412, means: 'Somebody changed the item since it was read.' },
  SETTLED: { status: 409, means: 'The conflict was settled before.' },
  PAUSED: { status: 409, means: 'The connection or stream is paused.' },
  STOPPED: { status: 409, means: 'The stream was stopped by a fault.' },
  DELETED: { status: 409, means: 'The connection was deleted.' },
  NOT_RUNNING: { status: 409, means: 'Only a queued or running run can be cancelled.' },
  NO_BRAKE: { status: 409, means: 'The stream is not held by the brake.' },
  NAME_TAKEN: { status: 409, means: 'A connection of this name exists.' },
  SECOND_SYSTEM_OF_RECORD: { status: 409, means: 'There is one system of record.' },
  UNKNOWN_CONNECTOR: { status: 422, means: 'The catalogue has no such connector.' },
  INVALID_MAPPING: { status: 422, means: 'The mapping has mistakes; `faults` lists each with line and column.' },
  VERSION_USED: { status: 409, means: 'Records were mapped with this version, so it never changes; write the next one.' },
  TOLD_APART: { status: 409, means: 'Somebody told these records apart; undo that decision first, or leave them apart.' },
  DECIDED_SINCE: { status: 409, means: 'Pairs of this operation were decided again since; undo the later operation first.' },
  ERASED: { status: 410, means: 'The person was erased; the reference number is all that is left.' },
  NOT_A_PERSON: { status: 422, means: 'Only candidates are erased, with all that hangs on them.' },
  WRITE_UNDER_WAY: { status: 409, means: 'A change of this person is being written to a vendor right now; try again in a minute.' },
  NOT_ONE_PERSON: { status: 409, means: 'The hub holds these records for two people; merge them in the hub first, which can be undone.' },
  GONE_THERE: { status: 409, means: 'One of the records is not in its system any more; sync it first.' },
  CANNOT_READ: { status: 409, means: 'The system does not show the records now, or their mapping does not take them; mend that first.' },
  CHANGED_SINCE: { status: 409, means: 'A record says something else than when the merge was proposed; propose it again and look at it.' },
  MERGE_APPROVED: { status: 409, means: 'An approved merge of one of these records is open; wait for it, or withdraw it.' },
  NOT_SO_FAR: { status: 409, means: 'The merge is in another state than this needs; the sentence names both.' },
  NOT_CONNECTED: { status: 409, means: 'The system of these records is not connected any more.' },
  EFFECT_NOT_ALLOWED: { status: 409, means: 'The connection does not allow what this write does in the world; allow it there first.' },
  CANNOT_CREATE: { status: 409, means: 'The hub cannot create such records in this system; enter the snapshot there by hand.' },
  NO_SNAPSHOT: { status: 409, means: 'The snapshot of this merge is not kept any more.' },
  RECREATED: { status: 409, means: 'The record was made again already.' },
  NOT_AS_SEEN: { status: 409, means: 'Other pairs compare like this than were seen; look at them again.' },
  INVALID_RULES: { status: 422, means: 'The identity rules have mistakes; `faults` lists each with line and column.' },
  NOT_SIMULATED: { status: 409, means: 'Simulate the version first, and look at what it would do.' },
  ACTIVE: { status: 409, means: 'The version is active already.' },
  TOO_FEW_RECORDS: { status: 409, means: 'There are too few candidates to learn a model from; the one of now goes on.' },
  TOO_FEW_DUPLICATES: { status: 409, means: 'Too few people are there twice to learn a model from; the one of now goes on.' },
  MAPPINGS_DISAGREE: {
    status: 409,
    means: 'Two live mappings of one object would give a field different rules; activate both new versions together.',
  },
  NOT_LIVE: { status: 409, means: 'Only the live version of a mapping is replayed.' },
  OTHER_STREAM: { status: 422, means: 'The mapping reads another stream than the one that was asked for.' },
  NO_PATCH: { status: 409, means: 'A change of the mapping cannot mend this group.' },
  NO_PUBLIC_URL: { status: 409, means: 'The installation does not know its own address: set API_PUBLIC_URL and start the API again.' },
  NO_SIGN_IN: { status: 409, means: 'People do not sign in at this vendor: the connection uses credentials.' },
  SIGN_IN_UNKNOWN: {
    status: 400,
    means: 'A sign-in that the hub did not begin, that was answered already, or that took longer than ten minutes.',
  },
  SIGN_IN_REFUSED: { status: 400, means: 'The person or the vendor did not let the hub in. Begin the sign-in again.' },
  NO_MAPPING: { status: 422, means: 'No mapping file reads this stream.' },
  RECORDS_UNDECIDED: {
    status: 422,
    means: 'A connection is deleted only once it is said what becomes of its records; the counts are in the answer.',
  },
  INVALID_REFERENCE: { status: 422, means: 'The reference number’s check character does not fit.' },
  TOO_LARGE: { status: 413, means: 'The body is larger than 1 MB; of a partner, than 16 MB.' },
  METHOD_NOT_ALLOWED: { status: 405, means: 'A partner called a route by another method than it has; the answer names those that it has.' },
  UNSUPPORTED_TYPE: { status: 415, means: 'The body must be application/json.' },
  BUSY: { status: 503, means: 'Too many webhooks or calls of partners at once; send it again after Retry-After.' },
  NOT_STORED: { status: 503, means: 'The webhook could not be stored; send it again.' },
  NOT_READY: { status: 503, means: 'The database cannot be reached, or the process is ending.' },
  INTERNAL: { status: 500, means: 'A fault of ours; report the trace id.' },
};
