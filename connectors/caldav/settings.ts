import { ianaZone } from '#hub/connector-sdk';
import { IsBoolean, IsEmail, IsIn, IsOptional, IsString, IsUrl, MaxLength, registerDecorator } from 'class-validator';

/** A time zone that this process knows, by IANA name. */
function IsTimeZone(): PropertyDecorator {
  return (target, propertyName) =>
    registerDecorator({
      name: 'isTimeZone',
      target: target.constructor,
      propertyName: String(propertyName),
      validator: {
        validate: (value: unknown) => typeof value === 'string' && ianaZone(value) === value,
        defaultMessage: () => `${String(propertyName)} must be an IANA time zone such as Europe/Berlin`,
      },
    });
}

export class CaldavSettings {
  /** Address of the server, of the user's principal, or of one calendar. */
  @IsUrl({ require_tld: false, require_protocol: true, protocols: ['http', 'https'], disallow_auth: true })
  serverUrl: string;

  /** Display name or address of the calendar; not needed where `serverUrl` names it or the user has only one. */
  @IsOptional()
  @IsString()
  @MaxLength(500)
  calendar?: string;

  /** Create the calendar when the server has none of that name. */
  @IsOptional()
  @IsBoolean()
  createCalendar?: boolean;

  /** Organiser of the events that the hub creates. */
  @IsEmail()
  organizer: string;

  /** Who is put on the events that the hub writes. Nobody is sent an invitation by it. */
  @IsIn(['interviewers', 'interviewers-and-candidate'])
  attendees: 'interviewers' | 'interviewers-and-candidate' = 'interviewers';

  /** Zone of floating and all-day times, and of events whose interview names none. */
  @IsTimeZone()
  timeZone: string = 'UTC';
}
