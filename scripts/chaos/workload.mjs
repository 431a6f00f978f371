import { randomUUID } from 'node:crypto';
import { pause } from './observer.mjs';
import { randomOf } from './random.mjs';

const MINUTE_MS = 60_000;

/** What was asked for last counts; what was asked for before explains a finding. */
function gave(interview, start) {
  interview.before = [...(interview.before ?? []), `${interview.start} until ${new Date().toISOString().slice(11, 23)}`];
  interview.start = start;
}

/**
 * People at work, so that syncs, pushes, webhooks and retries are always under way. Keeps what each of them last asked for: every interview
 * belongs to one side, whose last word is what both sides must hold at the end. Every time given is given once, so a record is known by it.
 */
export class Workload {
  constructor({ installation, calendar, seed, log }) {
    Object.assign(this, { installation, calendar, log, random: randomOf(seed + 1) });
    /** Interviews as { applicationId, ref, owner: 'ats' | 'calendar', start, scheduleId?, href? }. */
    this.interviews = [];
    this.candidates = new Map();
    this.stages = new Map();
    this.next = Math.ceil(Date.now() / MINUTE_MS) * MINUTE_MS + 40 * 24 * 60 * MINUTE_MS;
    this.done = 0;
    this.failed = 0;
  }

  /** Takes what the first sync brought to both sides as the beginning. */
  async adopt() {
    const { hub, observer } = this.installation;
    const truth = await hub.vendor('GET', '/truth');
    this.refs = new Map(
      (
        await observer.rows(
          `SELECT s.external_id, c.ref FROM source_record s JOIN cluster_member m ON m.record_id = s.id AND m.valid_to IS NULL JOIN cluster c ON c.id = m.cluster_id WHERE s.object = 'application'`,
        )
      ).map((row) => [row.external_id, row.ref]),
    );
    const events = new Map((await this.calendar.events()).map((event) => [`${event.ref} ${event.start}`, event]));
    truth.interviewSchedules.forEach((schedule, at) => {
      const start = new Date(schedule.interviewEvents[0].startTime).toISOString();
      const ref = this.refs.get(schedule.applicationId);
      const href = events.get(`${ref} ${start}`)?.href;
      this.interviews.push({
        applicationId: schedule.applicationId,
        ref,
        start,
        href,
        scheduleId: schedule.id,
        owner: at % 2 === 0 && href ? 'calendar' : 'ats',
      });
    });
    for (const candidate of truth.candidates) this.candidates.set(candidate.id, candidate.name);
    for (const application of truth.applications) this.stages.set(application.id, application.currentInterviewStage.id);
    this.applications = truth.applications;
    this.plans = truth.interviewStages;
  }

  begin({ everyMs = 150 } = {}) {
    this.stopped = false;
    this.running = (async () => {
      while (!this.stopped) {
        await this.step();
        await pause(this.random.between(everyMs / 2, everyMs * 2));
      }
    })();
  }

  async end() {
    this.stopped = true;
    await this.running;
  }

  /** One act of one person. What the vendor or the calendar refused did not happen. */
  async step() {
    const acts = [
      'moveInAts',
      'moveInAts',
      'moveInCalendar',
      'moveInCalendar',
      'rename',
      'changeStage',
      'addCandidate',
      'addInAts',
      'addInCalendar',
    ];
    const act = this.random.pick([...acts, 'disturb', 'askForSync']);
    try {
      await this[act]();
      this.done += 1;
    } catch (error) {
      this.failed += 1;
      if (this.failed % 50 === 1) this.log(`${act}: ${error.message}`);
    }
  }

  nextStart(seconds = 0) {
    this.next += 7 * MINUTE_MS;
    const start = this.next + seconds * 1_000;
    return { start: new Date(start).toISOString(), end: new Date(start + 30 * MINUTE_MS).toISOString() };
  }

  async moveInAts({ interview = this.random.pick(this.interviews.filter(({ owner, scheduleId }) => owner === 'ats' && scheduleId)) } = {}) {
    const { start, end } = this.nextStart();
    await this.installation.hub.vendor('POST', '/edit', {
      resource: 'interviewSchedule',
      id: interview.scheduleId,
      patch: { startTime: start, endTime: end },
    });
    gave(interview, start);
  }

  async moveInCalendar({
    seconds = 0,
    interview = this.random.pick(this.interviews.filter(({ owner, href }) => owner === 'calendar' && href)),
  } = {}) {
    const { start, end } = this.nextStart(seconds);
    await this.calendar.move(await this.calendar.event(interview.href), start, end);
    gave(interview, start);
  }

  async addInCalendar() {
    const { id } = this.random.pick(this.applications);
    const ref = this.refs.get(id);
    const { start, end } = this.nextStart();
    const uid = randomUUID();
    await this.calendar.create({ uid: `person-${uid}`, ref, start, end });
    const href = (await this.calendar.hrefs()).find((one) => one.includes(uid));
    this.interviews.push({ applicationId: id, ref, start, owner: 'calendar', href });
  }

  async addInAts() {
    if (this.holdsCreates) return;
    const { id } = this.random.pick(this.applications);
    const { start, end } = this.nextStart();
    const { stack } = this.installation;
    const answer = await fetch(`${stack.sandbox}/interviewSchedule.create`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${stack.recruiterKey}:`)}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        applicationId: id,
        interviewEvents: [{ startTime: start, endTime: end, interviewers: [{ email: 'ida@hiring.example.org' }] }],
      }),
    });
    const { success, results, errors } = await answer.json();
    if (!success) throw new Error(String(errors));
    this.interviews.push({ applicationId: id, ref: this.refs.get(id), start, owner: 'ats', scheduleId: results.id });
  }

  async rename() {
    const id = this.random.pick([...this.candidates.keys()]);
    const name = `Person Renamed${this.random.below(1_000_000)}`;
    await this.installation.hub.vendor('POST', '/edit', { resource: 'candidate', id, patch: { name } });
    this.candidates.set(id, name);
  }

  async addCandidate() {
    const number = `${this.candidates.size}-${this.random.below(1_000_000)}`;
    const name = `Person Added${number}`;
    const { id } = await this.installation.hub.vendor('POST', '/create-candidate', { name, email: `added-${number}@people.example.org` });
    this.candidates.set(id, name);
  }

  async changeStage() {
    const application = this.random.pick(this.applications);
    const { interviewPlanId } = this.plans.find(({ id }) => id === application.currentInterviewStage.id);
    const stages = this.plans.filter(
      (stage) => stage.interviewPlanId === interviewPlanId && ['PreInterviewScreen', 'Active'].includes(stage.type),
    );
    const stage = this.random.pick(stages);
    await this.installation.hub.vendor('POST', '/edit', {
      resource: 'application',
      id: application.id,
      patch: { interviewStageId: stage.id },
    });
    this.stages.set(application.id, stage.id);
  }

  /** What vendors do all day, so that retries are under way too. */
  async disturb() {
    const fault = this.random.pick([
      { kind: 'server-error', status: 503, endpoint: 'interviewSchedule.update' },
      { kind: 'server-error', status: 502, endpoint: 'candidate.list' },
      { kind: 'rate-limit', form: 'seconds', seconds: 1, endpoint: 'application.list' },
      { kind: 'latency', ms: 400, endpoint: 'interviewSchedule.list' },
      { kind: 'latency', ms: 300, endpoint: 'interviewSchedule.update' },
      { kind: 'webhook-duplicate' },
      { kind: 'webhook-reorder' },
      { kind: 'duplicate-record', endpoint: 'candidate.list' },
    ]);
    await this.installation.hub.vendor('POST', '/faults', fault);
  }

  async askForSync() {
    const { hub, connections } = this.installation;
    await hub.post(`/connections/${this.random.pick([connections.ats, connections.calendar])}/sync`);
  }
}
