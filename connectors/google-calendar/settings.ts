import { IsNumber, IsOptional, IsString, IsUrl, Length, Max, Min } from 'class-validator';

const ADDRESS = { require_tld: false, require_protocol: true, protocols: ['http', 'https'], disallow_auth: true };

export class GoogleCalendarSettings {
  /** Calendar that holds the interviews: `primary`, or its id, which looks like an e-mail address. */
  @IsString()
  @Length(1, 300)
  calendar: string = 'primary';

  /** Calls per second of this account; Google allows 600 a minute and user. */
  @IsOptional()
  @IsNumber()
  @Min(0.1)
  @Max(1_000)
  callsPerSecond?: number;

  /** Address of the API; another one only for a simulator or a proxy. */
  @IsUrl(ADDRESS)
  apiUrl: string = 'https://www.googleapis.com/calendar/v3';

  /** Where people sign in; another one only for a simulator. */
  @IsUrl(ADDRESS)
  signInUrl: string = 'https://accounts.google.com/o/oauth2/v2/auth';

  /** Where tokens come from; another one only for a simulator. */
  @IsUrl(ADDRESS)
  tokenUrl: string = 'https://oauth2.googleapis.com/token';
}
