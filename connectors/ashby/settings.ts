import { IsEmail, IsNumber, IsOptional, IsString, IsUrl, Max, MaxLength, Min } from 'class-validator';

export class AshbySettings {
  /** Address of the API; another one only for a simulator or a proxy. */
  @IsUrl({ require_tld: false, require_protocol: true, protocols: ['http', 'https'], disallow_auth: true })
  apiUrl: string = 'https://api.ashbyhq.com';

  /** Name of the Ashby organisation, free text: connections that say the same one share its call budget. */
  @IsOptional()
  @IsString()
  @MaxLength(200)
  organization?: string;

  /** Calls per second of this account; Ashby allows 1,000 a minute, and other integrations of the same organisation draw on them too. */
  @IsOptional()
  @IsNumber()
  @Min(0.1)
  @Max(1_000)
  callsPerSecond?: number;

  /** Addresses of Ashby users who are put on an interview that the hub creates when the calendar event names nobody. */
  @IsOptional()
  @IsEmail({}, { each: true })
  interviewers?: string[];
}
