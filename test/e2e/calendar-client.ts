import { XMLParser } from 'fast-xml-parser';
import ICAL from 'ical.js';

export interface CalendarEvent {
  href: string;
  etag: string;
  text: string;
  ref?: string;
  startsAt: string;
  attendees: string[];
}

/** An ordinary CalDAV client, as curl is one: PROPFIND, GET, PUT and DELETE, nothing of the hub's own code. */
export class CalendarClient {
  private readonly headers = { authorization: `Basic ${Buffer.from('hub:hub').toString('base64')}` };
  private calendar?: string;

  constructor(private readonly server: string) {}

  async events(): Promise<CalendarEvent[]> {
    const { text } = await this.call('REPORT', await this.calendarUrl(), { depth: '1', 'content-type': 'application/xml' }, EVERY_EVENT);
    return responsesIn(text).map(({ href, propstat }) => eventOf(href, propstat.prop['calendar-data'], propstat.prop.getetag));
  }

  async event(href: string): Promise<CalendarEvent> {
    const { text, etag } = await this.call('GET', new URL(href, this.server).href);
    return eventOf(href, text, etag);
  }

  /** Moves it by so many minutes, as a person drags it. */
  async move(event: CalendarEvent, minutes: number): Promise<string> {
    const calendar = new ICAL.Component(ICAL.parse(event.text));
    const component = calendar.getFirstSubcomponent('vevent') as ICAL.Component;
    for (const name of ['dtstart', 'dtend']) {
      const time = component.getFirstPropertyValue(name) as ICAL.Time | null;
      if (!time) continue;
      time.addDuration(ICAL.Duration.fromSeconds(minutes * 60));
      component.updatePropertyWithValue(name, time);
    }
    await this.put(event.href, calendar.toString(), { 'if-match': event.etag });
    return new Date(Date.parse(event.startsAt) + minutes * 60_000).toISOString();
  }

  async create(uid: string, lines: string[]): Promise<string> {
    const stamp = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//somebody//EN', 'BEGIN:VEVENT', `UID:${uid}`, 'DTSTAMP:20261101T000000Z'];
    const href = `${await this.calendarUrl()}${uid}.ics`;
    await this.put(href, [...stamp, ...lines, 'END:VEVENT', 'END:VCALENDAR', ''].join('\r\n'), { 'if-none-match': '*' });
    return new URL(href).pathname;
  }

  async remove(href: string): Promise<void> {
    await this.call('DELETE', new URL(href, this.server).href);
  }

  private async put(href: string, body: string, headers: Record<string, string>): Promise<void> {
    await this.call('PUT', new URL(href, this.server).href, { 'content-type': 'text/calendar; charset=utf-8', ...headers }, body);
  }

  private async calendarUrl(): Promise<string> {
    if (this.calendar) return this.calendar;
    const home = new URL('/hub/', this.server).href;
    const [, collection] = responsesIn((await this.call('PROPFIND', home, { depth: '1' })).text);
    this.calendar = new URL(collection.href, this.server).href;
    return this.calendar;
  }

  private async call(
    method: string,
    url: string,
    headers: Record<string, string> = {},
    body?: string,
  ): Promise<{ text: string; etag: string }> {
    const answer = await fetch(url, { method, headers: { ...this.headers, ...headers }, body });
    if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status}`);
    return { text: await answer.text(), etag: answer.headers.get('etag') ?? '' };
  }
}

interface MultistatusResponse {
  href: string;
  propstat: { prop: { 'calendar-data': string; getetag: string } };
}

const EVERY_EVENT = `<?xml version="1.0"?><C:calendar-query xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><prop><getetag/><C:calendar-data/></prop>
  <C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"/></C:comp-filter></C:filter></C:calendar-query>`;
const parser = new XMLParser({ removeNSPrefix: true, parseTagValue: false, isArray: (name) => name === 'response' });

function responsesIn(multistatus: string): MultistatusResponse[] {
  const { multistatus: answer } = parser.parse(multistatus) as { multistatus: { response?: MultistatusResponse[] } };
  return answer.response ?? [];
}

function eventOf(href: string, text: string, etag: string): CalendarEvent {
  const event = new ICAL.Component(ICAL.parse(text)).getFirstSubcomponent('vevent') as ICAL.Component;
  const ref = event.getFirstPropertyValue('x-tributary-ref')?.toString();
  const startsAt = (event.getFirstPropertyValue('dtstart') as ICAL.Time).toJSDate().toISOString();
  const attendees = event.getAllProperties('attendee').map((one) => String(one.getFirstValue()).replace(/^mailto:/i, ''));
  return { href, etag, text, ref, startsAt, attendees };
}
