export { accountOf } from './account-of.js';
export { basic, bearer, none, type AuthScheme } from './auth.js';
export { byHttpStatus } from './classify.js';
export {
  defineConnector,
  type CallFailure,
  type Classified,
  type Connector,
  type ConnectorCategory,
  type ConnectorContext,
  type ConnectorDefinition,
  type CursorKind,
  type DeleteKind,
  type Effect,
  type Fetched,
  type FindDefinition,
  type NamedCheck,
  type PullContext,
  type PulledPage,
  type PushDefinition,
  type RawRecord,
  type Receipt,
  type RecordContext,
  type RemoveContext,
  type StreamDefinition,
  type UpdateContext,
  type WebhookDefinition,
  type WriteContext,
} from './connector.js';
export { ConnectorFailure, type FailureFacts } from './failure.js';
export { type CallOptions, type HttpCall, type HttpClient, type HttpOptions, type VendorResponse } from './http.js';
export { memoryBudget, memoryTokens } from './memory-ports.js';
export { postJson } from './post-json.js';
export { type Budget, type TokenStore } from './ports.js';
export {
  openSession,
  type ConnectorSession,
  type RecordInput,
  type RemoveInput,
  type SessionOptions,
  type UpdateInput,
  type WriteInput,
} from './session.js';
export { hmac, verifyWebhook, type Delivery, type Verified, type WebhookScheme } from './webhooks.js';
export { calendarEvents, type CalendarEvents, type CalendarEventsOptions, type EventRecord } from './protocols/caldav/calendar-events.js';
export { type EventAttendee, type EventPayload, type EventPerson, type EventTime } from './protocols/caldav/event-payload.js';
export { ianaZone } from './protocols/caldav/zone-rules.js';
