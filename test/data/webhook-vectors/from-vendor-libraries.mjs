// Vectors from the senders' own libraries. In an empty folder: npm i twilio@6.2.0 @hubspot/api-client@13.5.0 @dropbox/sign@1.11.0 standardwebhooks@1.1.1,
// then run a copy of this file there; it prints the first half of vectors.json.
import { createRequire } from 'node:module';
const require = createRequire(`${process.cwd()}/`);
const twilio = require('twilio');
const { Signature } = require('@hubspot/api-client/lib/src/utils/signature.js');
const { EventCallbackHelper, EventCallbackRequest } = require('@dropbox/sign');
const { Webhook } = require('standardwebhooks');

const NOW = 1_796_119_200_000;
const form = (fields) => new URLSearchParams(fields).toString();
const vectors = [];

const sms = { MessageSid: 'SM1', From: '+41790000000', Body: 'Zoë says hi & 🚀', To: '+41440000000', a: 'lower', A: 'upper' };
for (const url of ['https://hub.example.com/api/v1/hooks/1', 'https://hub.example.com:8443/api/v1/hooks/1?tenant=a%27b']) {
  vectors.push({
    sender: 'twilio',
    computedBy: 'twilio@6.2.0 getExpectedTwilioSignature',
    secrets: ['twilio-auth-token'],
    method: 'POST',
    url,
    headers: {
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
      'x-twilio-signature': twilio.getExpectedTwilioSignature('twilio-auth-token', url, sms),
    },
    body: form(sms),
    now: NOW,
  });
}
const json = '{"MessageSid":"SM2","Body":"été"}';
const signedUrl = `https://hub.example.com/api/v1/hooks/1?bodySHA256=${twilio.getExpectedBodyHash ? twilio.getExpectedBodyHash(json) : require('twilio/lib/webhooks/webhooks.js').getExpectedBodyHash(json)}`;
vectors.push({
  sender: 'twilio',
  computedBy: 'twilio@6.2.0, JSON body',
  secrets: ['twilio-auth-token'],
  method: 'POST',
  url: signedUrl,
  headers: {
    'content-type': 'application/json',
    'x-twilio-signature': twilio.getExpectedTwilioSignature('twilio-auth-token', signedUrl, {}),
  },
  body: json,
  now: NOW,
});
// A proxy drops the standard port: the sender signed the address with it.
const withPort = 'https://hub.example.com:443/api/v1/hooks/1';
vectors.push({
  sender: 'twilio',
  computedBy: 'twilio@6.2.0, address with its standard port',
  secrets: ['twilio-auth-token'],
  method: 'POST',
  url: 'https://hub.example.com/api/v1/hooks/1',
  headers: {
    'content-type': 'application/x-www-form-urlencoded',
    'x-twilio-signature': twilio.getExpectedTwilioSignature('twilio-auth-token', withPort, sms),
  },
  body: form(sms),
  now: NOW,
});

const hubSpotBody = '[{"eventId":1,"subscriptionType":"contact.propertyChange","objectId":12,"propertyValue":"Łukasz"}]';
for (const [url, signed] of [
  ['https://hub.example.com/api/v1/hooks/2', 'https://hub.example.com/api/v1/hooks/2'],
  ['https://hub.example.com/api/v1/hooks/2?to=a%40b.example%2Fc', 'https://hub.example.com/api/v1/hooks/2?to=a@b.example/c'],
]) {
  const signature = Signature.getSignature('POST', 'v3', {
    clientSecret: 'hubspot-client-secret',
    url: signed,
    requestBody: hubSpotBody,
    timestamp: NOW,
  });
  vectors.push({
    sender: 'hubSpot',
    computedBy: '@hubspot/api-client@13.5.0 Signature.getSignature v3',
    secrets: ['hubspot-client-secret'],
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json', 'x-hubspot-signature-v3': signature, 'x-hubspot-request-timestamp': String(NOW) },
    body: hubSpotBody,
    now: NOW,
  });
}

// The library only checks: the hash of the specification's own text is found by asking it.
const { createHmac } = await import('node:crypto');
const event = { event_time: String(NOW / 1000), event_type: 'signature_request_signed', event_metadata: {} };
event.event_hash = createHmac('sha256', 'dropbox-api-key').update(`${event.event_time}${event.event_type}`).digest('hex');
const callback = EventCallbackRequest.init
  ? EventCallbackRequest.init({ event })
  : { event: { eventTime: event.event_time, eventType: event.event_type, eventHash: event.event_hash } };
if (!EventCallbackHelper.isValid('dropbox-api-key', callback)) throw new Error('the library does not accept this event');
const boundary = 'ddd';
for (const [type, body] of [
  [
    `multipart/form-data; boundary=${boundary}`,
    `--${boundary}\r\nContent-Disposition: form-data; name="json"\r\n\r\n${JSON.stringify({ event })}\r\n--${boundary}--\r\n`,
  ],
  ['application/x-www-form-urlencoded', form({ json: JSON.stringify({ event }) })],
])
  vectors.push({
    sender: 'dropboxSign',
    computedBy: '@dropbox/sign@1.11.0 EventCallbackHelper.isValid',
    secrets: ['dropbox-api-key'],
    method: 'POST',
    url: 'https://hub.example.com/api/v1/hooks/3',
    headers: { 'content-type': type },
    body,
    now: NOW,
    uncovered: true,
  });

// Finch signs as Standard Webhooks do.
const secret = Buffer.from('finch-secret-bytes-of-24').toString('base64');
const finch = '{"company_id":"c1","event_type":"employment.updated","data":{"name":"Zoë"}}';
const good = new Webhook(secret).sign('evt_1', new Date(NOW), finch);
for (const signature of [good, `v1,${'A'.repeat(43)}= ${good}`])
  vectors.push({
    sender: 'finch',
    computedBy: 'standardwebhooks@1.1.1 sign',
    secrets: [secret],
    method: 'POST',
    url: 'https://hub.example.com/api/v1/hooks/4',
    headers: {
      'content-type': 'application/json',
      'finch-event-id': 'evt_1',
      'finch-timestamp': String(NOW / 1000),
      'finch-signature': signature,
    },
    body: finch,
    now: NOW,
  });
process.stdout.write(JSON.stringify(vectors));
