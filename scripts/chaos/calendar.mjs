import ICAL from 'ical.js';

const HEADERS = { authorization: `Basic ${Buffer.from('hub:hub').toString('base64')}` };

/** An ordinary calendar program, as the interviewers have: nothing of the hub's own code. */
export class Calendar {
  constructor(server) {
    this.server = server;
  }

  async hrefs() {
    return hrefsIn((await this.#call('PROPFIND', await this.#collection(), { depth: '1' })).text).filter((href) => href.endsWith('.ics'));
  }

  async events() {
    const events = [];
    for (const href of await this.hrefs()) events.push(await this.event(href));
    return events;
  }

  async event(href) {
    const { text, etag } = await this.#call('GET', new URL(href, this.server).href);
    const event = vevent(ICAL.parse(text));
    const value = (name) => event.getFirstPropertyValue(name)?.toString();
    const start = event.getFirstPropertyValue('dtstart').toJSDate().toISOString();
    return {
      href,
      etag,
      text,
      start,
      uid: value('uid'),
      ref: value('x-tributary-ref'),
      writeId: value('x-tributary-write-id'),
      status: value('status'),
    };
  }

  /** As a person drags it. */
  async move(event, start, end) {
    const calendar = ICAL.parse(event.text);
    for (const [name, at] of [
      ['dtstart', start],
      ['dtend', end],
    ]) {
      vevent(calendar).removeAllProperties(name);
      vevent(calendar).addPropertyWithValue(name, ICAL.Time.fromJSDate(new Date(at), true));
    }
    await this.#put(event.href, ICAL.stringify(calendar), { 'if-match': event.etag });
  }

  async create({ uid, ref, start, end }) {
    const own = [`UID:${uid}`, `X-TRIBUTARY-REF:${ref}`, `DTSTART:${stampOf(start)}`, `DTEND:${stampOf(end)}`];
    const lines = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//somebody//EN', 'BEGIN:VEVENT', 'DTSTAMP:20261101T000000Z'];
    const rest = ['SUMMARY:Interview', 'ATTENDEE:mailto:ida@hiring.example.org', 'END:VEVENT', 'END:VCALENDAR', ''];
    await this.#put(`${await this.#collection()}${uid}.ics`, [...lines, ...own, ...rest].join('\r\n'), { 'if-none-match': '*' });
  }

  async #put(href, body, headers) {
    await this.#call('PUT', new URL(href, this.server).href, { 'content-type': 'text/calendar; charset=utf-8', ...headers }, body);
  }

  async #collection() {
    if (this.known) return this.known;
    const home = new URL('/hub/', this.server).href;
    const [, collection] = hrefsIn((await this.#call('PROPFIND', home, { depth: '1' })).text);
    return (this.known = new URL(collection, this.server).href);
  }

  async #call(method, url, headers = {}, body = undefined) {
    const answer = await fetch(url, { method, headers: { ...HEADERS, ...headers }, body });
    if (!answer.ok) throw Object.assign(new Error(`${method} of the calendar: ${answer.status}`), { status: answer.status });
    return { text: await answer.text(), etag: answer.headers.get('etag') ?? '' };
  }
}

/** The address of each response; properties name other ones. */
function hrefsIn(multistatus) {
  return [...multistatus.matchAll(/<(?:\w+:)?response>\s*<(?:\w+:)?href>([^<]+)</g)].map(([, href]) => href);
}

const stampOf = (iso) => new Date(iso).toISOString().replace(/[-:]|\.\d{3}/g, '');
const vevent = (parsed) => new ICAL.Component(parsed).getFirstSubcomponent('vevent');
