/** A date or time of an event. */
export interface EventTime {
  /** Wall time `YYYY-MM-DDTHH:MM:SS`; midnight for all-day events. */
  at: string;
  /** IANA name or `UTC`; null when the event floats or lasts all day: `instant` then follows the connection's zone. */
  zone: string | null;
  /** The same moment in UTC, `…Z`. */
  instant: string;
  allDay: boolean;
}
export interface EventPerson {
  email: string;
  name: string | null;
}
export interface EventAttendee extends EventPerson {
  role: string;
  partstat: string;
}
/** One calendar object as the hub sees it: the series' master, never one of its instances. */
export interface EventPayload {
  uid: string | null;
  href: string;
  etag: string | null;
  sequence: number;
  status: 'CONFIRMED' | 'TENTATIVE' | 'CANCELLED';
  summary: string | null;
  description: string | null;
  location: string | null;
  url: string | null;
  /** Null only where the event is broken. */
  start: EventTime | null;
  end: EventTime | null;
  organizer: EventPerson | null;
  attendees: EventAttendee[];
  /** Reference number of the application (`A-…`). */
  ref: string | null;
  writeId: string | null;
  recurring: boolean;
  created: string | null;
  lastModified: string | null;
}
