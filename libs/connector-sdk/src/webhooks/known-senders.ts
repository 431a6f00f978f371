import {
  hmac,
  type Acknowledgement,
  type BodyFormat,
  type Confirmation,
  type Handshake,
  type Place,
  type WebhookScheme,
} from './scheme.js';

/** What a sender does the same way for everyone. A connector spreads it into its `webhook`. */
export interface KnownSender {
  verify: WebhookScheme;
  body?: BodyFormat;
  /** Where the sender's own id of a delivery stands; without all of these places the bytes are hashed. */
  messageId?: Place[];
  handshake?: Handshake;
  confirmation?: Confirmation;
  /** What it wants to hear instead of our JSON. */
  acknowledge?: Acknowledgement;
  /** What it wants to hear of a delivery that we have already. */
  acknowledgeRepeated?: Acknowledgement;
}

const FIVE_MINUTES = 300;
/** Longer than the sender goes on trying with the time of the first attempt. */
const TWO_DAYS = 172_800;
const bodyInHex = (header: string): WebhookScheme => hmac({ header, digest: 'sha256', encoding: 'hex' });

/** Source, with grades of evidence: `vendors.md` §1. Vectors that were computed elsewhere: `test/data/webhook-vectors`. */
export const knownSenders = {
  ashby: { verify: hmac({ header: 'ashby-signature', prefix: 'sha256=', digest: 'sha256', encoding: 'hex' }) },
  calCom: { verify: bodyInHex('x-cal-signature-256') },
  calendly: {
    verify: {
      kind: 'hmac',
      signature: { header: 'calendly-webhook-signature', pair: 'v1' },
      timestamp: { header: 'calendly-webhook-signature', pair: 't', unit: 's', toleranceSeconds: 180 },
      signed: [{ header: 'calendly-webhook-signature', pair: 't' }, { text: '.' }, 'body'],
      digest: 'sha256',
      encoding: 'hex',
    },
  },
  checkr: { verify: bodyInHex('x-checkr-signature') },
  docuSeal: {
    verify: {
      kind: 'hmac',
      signature: { header: 'x-docuseal-signature', after: '.' },
      timestamp: { header: 'x-docuseal-signature', before: '.', unit: 's', toleranceSeconds: FIVE_MINUTES },
      signed: [{ header: 'x-docuseal-signature', before: '.' }, { text: '.' }, 'body'],
      digest: 'sha256',
      encoding: 'hex',
    },
  },
  /** One header per active key. */
  docuSign: {
    verify: {
      kind: 'hmac',
      signature: { numberedHeader: 'x-docusign-signature' },
      signed: ['body'],
      digest: 'sha256',
      encoding: 'base64',
    },
  },
  /** The body is not covered: what it names is read afresh. */
  dropboxSign: {
    verify: {
      kind: 'hmac',
      signature: { field: 'event.event_hash' },
      timestamp: { field: 'event.event_time', unit: 's', toleranceSeconds: TWO_DAYS },
      signed: [{ field: 'event.event_time' }, { field: 'event.event_type' }],
      digest: 'sha256',
      encoding: 'hex',
    },
    body: { formField: 'json' },
    acknowledge: { status: 200, contentType: 'text/plain', body: 'Hello API Event Received' },
  },
  finch: {
    verify: {
      kind: 'hmac',
      signature: { header: 'finch-signature' },
      prefix: 'v1,',
      timestamp: { header: 'finch-timestamp', unit: 's', toleranceSeconds: FIVE_MINUTES },
      signed: [{ header: 'finch-event-id' }, { text: '.' }, { header: 'finch-timestamp' }, { text: '.' }, 'body'],
      digest: 'sha256',
      encoding: 'base64',
      key: 'base64',
    },
    messageId: [{ header: 'finch-event-id' }],
  },
  gmail: {
    verify: {
      kind: 'signed-token',
      issuers: ['https://accounts.google.com', 'accounts.google.com'],
      jwksUrl: 'https://www.googleapis.com/oauth2/v3/certs',
    },
    messageId: [{ field: 'message.messageId' }],
  },
  /** Bodies are empty: only the number tells two messages apart. */
  googleCalendar: {
    verify: { kind: 'shared-token', token: { header: 'x-goog-channel-token' } },
    messageId: [{ header: 'x-goog-channel-id' }, { header: 'x-goog-message-number' }],
  },
  graph: {
    verify: { kind: 'shared-token', token: { field: 'value[].clientState' } },
    handshake: { kind: 'echo', method: 'POST', query: 'validationToken' },
  },
  greenhouse: {
    verify: hmac({ header: 'signature', prefix: 'sha256 ', digest: 'sha256', encoding: 'hex' }),
    messageId: [{ header: 'greenhouse-event-id' }],
  },
  /** Its key is the token of the confirmation. */
  gusto: {
    verify: bodyInHex('x-gusto-signature'),
    messageId: [{ field: 'uuid' }],
    confirmation: { token: { field: 'verification_token' }, subscription: { field: 'webhook_subscription_uuid' } },
  },
  hubSpot: {
    verify: {
      kind: 'hmac',
      signature: { header: 'x-hubspot-signature-v3' },
      timestamp: { header: 'x-hubspot-request-timestamp', unit: 'ms', toleranceSeconds: FIVE_MINUTES },
      signed: ['method', 'url', 'body', { header: 'x-hubspot-request-timestamp' }],
      digest: 'sha256',
      encoding: 'base64',
    },
  },
  /** The status of our answer steers it: 409 is never sent again. */
  indeed: {
    verify: hmac({ header: 'x-indeed-signature', digest: 'sha1', encoding: 'base64' }),
    messageId: [{ field: 'job.jobId' }, { field: 'applicant.email' }],
    acknowledgeRepeated: { status: 409, contentType: 'application/json', body: '{"duplicate":true}' },
  },
  /** One token per type of event, so several secrets; the body is not covered. */
  lever: {
    verify: {
      kind: 'hmac',
      signature: { field: 'signature' },
      timestamp: { field: 'triggeredAt', unit: 'ms', toleranceSeconds: TWO_DAYS },
      signed: [{ field: 'token' }, { field: 'triggeredAt' }],
      digest: 'sha256',
      encoding: 'hex',
    },
    messageId: [{ field: 'token' }],
  },
  linkedIn: {
    verify: {
      kind: 'hmac',
      signature: { header: 'x-li-signature' },
      signed: [{ text: 'hmacsha256=' }, 'ascii-body'],
      digest: 'sha256',
      encoding: 'hex',
    },
    handshake: {
      kind: 'signed-challenge',
      method: 'GET',
      query: 'challengeCode',
      code: 'challengeCode',
      response: 'challengeResponse',
      digest: 'sha256',
    },
  },
  twilio: {
    verify: { kind: 'hmac', signature: { header: 'x-twilio-signature' }, signed: ['url', 'form'], digest: 'sha1', encoding: 'base64' },
    body: 'form',
    messageId: [{ field: 'MessageSid' }, { field: 'MessageStatus' }],
    acknowledge: { status: 200, contentType: 'text/xml', body: '<Response></Response>' },
  },
} satisfies Record<string, KnownSender>;
