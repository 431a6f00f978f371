const LIVE = `s.deleted_at IS NULL`;

/**
 * Compares what people asked for, what the ATS holds, what the calendar holds and what the hub holds.
 * @returns {Promise<{ lost: number, doubled: number, findings: string[] }>}
 */
export async function compareTruth({ installation, calendar, workload }) {
  const { hub, observer } = installation;
  const truth = await hub.vendor('GET', '/truth');
  const { writes } = await hub.vendor('GET', '/writes');
  const events = (await calendar.events()).filter((event) => event.ref && event.status !== 'CANCELLED');
  const schedules = truth.interviewSchedules.filter(({ status }) => status === 'Scheduled');
  const found = { lost: [], doubled: [] };
  const places = {
    ats: schedules.map((one) => keyOf(workload.refs.get(one.applicationId), one.interviewEvents[0].startTime)),
    calendar: events.map((event) => keyOf(event.ref, event.start)),
    hub: await hubInterviews(observer),
  };
  const wanted = workload.interviews.map(({ ref, start }) => keyOf(ref, start));
  for (const [place, keys] of Object.entries(places)) compareKeys(found, { place, keys, wanted });
  repeats(
    found,
    'write id in the ATS',
    schedules.flatMap((one) => one.interviewEvents[0].extraData?.tributaryWriteId ?? []),
  );
  repeats(
    found,
    'create in the ATS',
    writes.flatMap((write) => (write.endpoint === 'interviewSchedule.create' && write.writeId) || []),
  );
  repeats(
    found,
    'UID in the calendar',
    events.map(({ uid }) => uid),
  );
  repeats(
    found,
    'write id in the calendar',
    events.flatMap(({ writeId }) => writeId ?? []),
  );
  await comparePeople(found, { observer, workload, truth });
  await compareSources(found, { observer, truth, events });
  if (found.lost.length + found.doubled.length > 0) found.about = await aboutLost({ observer, workload, places, schedules });
  const findings = Object.entries(found).flatMap(([word, list]) => list.map((one) => `${word}: ${one}`));
  return { lost: found.lost.length, doubled: found.doubled.length, findings };
}

/** To the minute: a vendor may keep no seconds, and no two interviews begin in one minute. */
const keyOf = (ref, start) => `${ref} ${new Date(start).toISOString().slice(0, 16)}`;

/** Coming interviews as the hub would show them: golden start, and the reference number of their application. */
async function hubInterviews(observer) {
  const rows = await observer.rows(
    `SELECT DISTINCT c.id, a.ref, c.values ->> 'startsAt' AS start FROM cluster c
     JOIN cluster_member m ON m.cluster_id = c.id AND m.valid_to IS NULL JOIN source_record s ON s.id = m.record_id AND ${LIVE}
     JOIN record_parent p ON p.record_id = s.id AND p.role = 'application' JOIN cluster_member am ON am.record_id = p.parent_id AND am.valid_to IS NULL
     JOIN cluster a ON a.id = am.cluster_id WHERE s.object = 'interview' AND c.values ->> 'status' = 'SCHEDULED'`,
  );
  return rows.map(({ ref, start }) => keyOf(ref, start));
}

/** A wanted time that is nowhere is lost; more records than wanted interviews are doubles, whatever their times. */
function compareKeys(found, { place, keys, wanted }) {
  const there = new Set(keys);
  for (const key of wanted) if (!there.has(key)) found.lost.push(`interview ${key} not in the ${place}`);
  for (let more = keys.length - wanted.length; more > 0; more -= 1)
    found.doubled.push(`${keys.length} interviews in the ${place}, ${wanted.length} wanted`);
  repeats(found, `interview in the ${place}`, keys);
}

function repeats(found, what, ids) {
  const seen = new Set();
  for (const id of ids) {
    if (seen.has(id)) found.doubled.push(`${what} ${id}`);
    seen.add(id);
  }
}

async function comparePeople(found, { observer, workload, truth }) {
  const names = await fieldOf(observer, 'candidate', `values ->> 'displayName'`);
  const stages = await fieldOf(observer, 'application', `values -> 'stage' ->> 'externalId'`);
  const heldBy = { candidate: [workload.candidates, names], application: [workload.stages, stages] };
  for (const [object, [wanted, held]] of Object.entries(heldBy))
    for (const [id, value] of wanted)
      if (held.get(id) !== value) found.lost.push(`${object} ${id}: ${held.has(id) ? 'an older value' : 'nothing'} in the hub`);
  for (const { id, name } of truth.candidates)
    if (workload.candidates.get(id) !== name) found.lost.push(`candidate ${id}: not as the recruiter left it in the ATS`);
}

async function fieldOf(observer, object, path) {
  const rows = await observer.rows(`SELECT external_id, ${path} AS value FROM source_record s WHERE object = $1 AND ${LIVE}`, [object]);
  return new Map(rows.map((row) => [row.external_id, row.value]));
}

/** One source record per vendor record, one cluster per candidate, both sides of an interview in one cluster. */
async function compareSources(found, { observer, truth, events }) {
  const counts = await observer.rows(
    `SELECT s.object, s.connection_id, count(*)::int AS records, count(DISTINCT m.cluster_id)::int AS clusters FROM source_record s
     JOIN cluster_member m ON m.record_id = s.id AND m.valid_to IS NULL WHERE ${LIVE} AND s.object IN ('candidate', 'application') GROUP BY 1, 2`,
  );
  const there = { candidate: truth.candidates.length, application: truth.applications.length };
  for (const { object, records, clusters } of counts) {
    if (records > there[object]) found.doubled.push(`${records} records of ${object} for ${there[object]} in the ATS`);
    if (clusters > there[object]) found.doubled.push(`${clusters} clusters of ${object} for ${there[object]} in the ATS`);
  }
  const alone = await observer.rows(
    `SELECT s.external_id FROM source_record s JOIN cluster_member m ON m.record_id = s.id AND m.valid_to IS NULL
     WHERE ${LIVE} AND s.object = 'interview' GROUP BY m.cluster_id, s.connection_id, s.external_id HAVING (SELECT count(*) FROM cluster_member o JOIN source_record r ON r.id = o.record_id AND r.deleted_at IS NULL WHERE o.cluster_id = m.cluster_id AND o.valid_to IS NULL) <> 2`,
  );
  if (alone.length > 0)
    found.doubled.push(`${alone.length} interview records whose cluster does not hold exactly both sides (${events.length} events)`);
}

/** Everything known of the interviews that were lost, for whoever looks for the reason. */
async function aboutLost({ observer, workload, places, schedules }) {
  const lost = workload.interviews.filter(({ ref, start }) => Object.values(places).some((keys) => !keys.includes(keyOf(ref, start))));
  const lines = [];
  for (const { ref, start, owner, before = [], applicationId } of lost.slice(0, 5)) {
    lines.push(`${ref} of the ${owner}, wanted ${start}, before: ${before.join(', ')}`);
    for (const one of schedules)
      if (one.applicationId === applicationId) lines.push(`  ATS ${one.id} ${one.interviewEvents[0].startTime} updated ${one.updatedAt}`);
    lines.push(
      ...places.calendar.filter((key) => key.startsWith(`${ref} `)).map((key) => `  calendar ${key}`),
      ...places.hub.filter((key) => key.startsWith(`${ref} `)).map((key) => `  hub ${key}`),
    );
    const rows = await observer.rows(
      `SELECT o.*, st.name FROM outbox o JOIN stream st ON st.id = o.stream_id JOIN cluster_member m ON m.cluster_id = o.cluster_id AND m.valid_to IS NULL JOIN record_parent p ON p.record_id = m.record_id AND p.role = 'application'
       JOIN source_record a ON a.id = p.parent_id WHERE a.external_id = $1 ORDER BY o.created_at`,
      [applicationId],
    );
    const seen = new Set();
    for (const row of rows)
      if (!seen.has(row.id) && seen.add(row.id))
        lines.push(
          `  write ${row.cluster_id.slice(0, 8)} ${row.name} ${row.operation} ${row.state} ${JSON.stringify(row.intended)} created ${row.created_at.toISOString().slice(11, 23)} sent ${row.sent_at?.toISOString().slice(11, 23)} confirmed ${row.confirmed_at?.toISOString().slice(11, 23)} attempts ${row.attempts}`,
        );
  }
  return lines;
}
