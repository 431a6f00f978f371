import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsEmail,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  IsUrl,
  Max,
  MaxLength,
  Min,
  Matches,
} from 'class-validator';

const HOST = /^(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?)$/;
const SECURITY = ['tls', 'starttls', 'none'] as const;
type Security = (typeof SECURITY)[number];

export class ImapSmtpSettings {
  /** Name of the IMAP server, without a port. */
  @Matches(HOST, { message: 'imapHost must be the name or the address of a server, such as imap.example.com' })
  imapHost: string;

  /** 993 with TLS, 143 with STARTTLS. */
  @IsInt()
  @Min(1)
  @Max(65_535)
  imapPort: number = 993;

  /** `none` only works for servers that the installation's egress list names. */
  @IsIn(SECURITY)
  imapSecurity: Security = 'tls';

  /** Name of the SMTP server, where the hub may send; without it the mailbox is only read. */
  @IsOptional()
  @Matches(HOST, { message: 'smtpHost must be the name or the address of a server, such as smtp.example.com' })
  smtpHost?: string;

  /** 465 with TLS, 587 with STARTTLS. */
  @IsInt()
  @Min(1)
  @Max(65_535)
  smtpPort: number = 465;

  @IsIn(SECURITY)
  smtpSecurity: Security = 'tls';

  /** Address of the mailbox: what it sends is outgoing, and the hub sends from it. */
  @IsEmail()
  address: string;

  /** Further addresses of the same owner. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(50)
  @IsEmail({}, { each: true })
  aliases?: string[];

  /** Folders that are read. Left out: the inbox and the folder of sent messages. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(50)
  @IsString({ each: true })
  @MaxLength(500, { each: true })
  folders?: string[];

  /** `password`: user name and password. `sign-in`: a person signs in at the mail provider, and a token is shown (OAUTHBEARER or XOAUTH2). */
  @IsIn(['password', 'sign-in'])
  access: 'password' | 'sign-in' = 'password';

  /** The provider's page where people sign in; only with `sign-in`. */
  @IsOptional()
  @IsUrl({ require_tld: false, protocols: ['http', 'https'], disallow_auth: true })
  authorizeUrl?: string;

  /** Where the provider gives tokens; only with `sign-in`. */
  @IsOptional()
  @IsUrl({ require_tld: false, protocols: ['http', 'https'], disallow_auth: true })
  tokenUrl?: string;

  /** What the hub asks the provider for, with spaces between; only with `sign-in`. */
  @IsOptional()
  @IsString()
  @MaxLength(1_000)
  scope?: string;

  /** `hub`: the hub puts what it sends into the folder of sent messages. `server`: the server does, as Gmail and Microsoft do. */
  @IsIn(['hub', 'server'])
  keepsSent: 'hub' | 'server' = 'hub';

  /** The server delivers `name+anything@host` to `name@host`: answers to what the hub sends then carry the reference number in their address. */
  @IsBoolean()
  plusAddresses: boolean = false;

  /** Put reference numbers into the subjects of what the hub sends. */
  @IsBoolean()
  subjectTags: boolean = false;
}
