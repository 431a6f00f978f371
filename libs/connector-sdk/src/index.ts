export { accessOf } from './auth/access-of.js';
export { accountOf } from './account-of.js';
export { authorizationCode, clientCredentials, jwtGrant, type JwtGrantOptions, type OAuth2Options } from './auth/oauth2.js';
export { type AuthKind, type AuthScheme } from './auth/scheme.js';
export { chosenBy, saslPassword, saslToken } from './auth/sasl.js';
export { sshAccess } from './auth/ssh.js';
export { apiKey, basic, bearer, mutualTls, none } from './auth/static-credentials.js';
export { checkReads } from './check-reads.js';
export { byHttpStatus } from './classify.js';
export {
  defineConnector,
  type CallFailure,
  type Classified,
  type Connector,
  type ConnectorCategory,
  type ConnectorContext,
  type ConnectorDefinition,
  type CursorDefinition,
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
  type MergeContext,
  type RemoveContext,
  type StreamDefinition,
  type Subscription,
  type SubscriptionDefinition,
  type UpdateContext,
  type VendorFile,
  type WebhookDefinition,
  type WriteContext,
} from './connector.js';
export { ConnectorFailure, type FailureFacts } from './failure.js';
export { type CallOptions, type Downloaded, type HttpCall, type HttpClient, type HttpOptions, type VendorResponse } from './http.js';
export { byMailReply, type MailReply } from './mail/mail-failure.js';
export { type MailServer } from './mail/mail-server.js';
export { memoryBudget, memoryFiles, memoryReceived, memoryTokens } from './memory-ports.js';
export { downloadFrom } from './files/download-from.js';
export { fileOf, type FileNote } from './files/file-of.js';
export { missingText } from './partners/missing-text.js';
export { type Keep, type PartnerAnswer, type PartnerApi, type PartnerCall, type PartnerRoute } from './partners/partner-api.js';
export { receivedStream } from './partners/received-stream.js';
export { orGone } from './or-gone.js';
export { postJson } from './post-json.js';
export {
  type Budget,
  type FileStore,
  type HeldTokens,
  type KnownFile,
  type RecordFiles,
  type ReceivedRecord,
  type ReceivedRecords,
  type ReceivedStore,
  type TokenStore,
} from './ports.js';
export {
  openSession,
  type ConnectorSession,
  type RecordInput,
  type RemoveInput,
  type SessionOptions,
  type UpdateInput,
  type WriteInput,
} from './session.js';
export { historyWalk } from './walks/history-walk.js';
export { linkWalk } from './walks/link-walk.js';
export { baseSubjectOf } from './protocols/mail/read-headers.js';
export { modseqWalk, type FolderLook, type FolderPage, type FolderState } from './walks/modseq-walk.js';
export { queueWalk } from './walks/queue-walk.js';
export { tokenWalk, type TokenPlace } from './walks/token-walk.js';
export { type Page, type Walk } from './walks/walk.js';
export { windowWalk, type WindowPlace } from './walks/window-walk.js';
export { type Throttle, type WaitHeader } from './throttle.js';
export { answerHandshake } from './webhooks/answer-handshake.js';
export { confirmationIn, messageIdOf, readDelivery, type Delivery, type ReadDelivery } from './webhooks/delivery.js';
export { knownSenders } from './webhooks/known-senders.js';
export { hmac, type Acknowledgement, type WebhookScheme } from './webhooks/scheme.js';
export { remoteKeys, type KeySource } from './webhooks/verify-token.js';
export { verifyWebhook, type Verified } from './webhooks/verify-webhook.js';
export { createTransport } from './transport.js';
export { validateSettings } from './validate-settings.js';
export { type CalendarEventsOptions } from './protocols/caldav/calendar-events.js';
export { calendarFailure, calendarStream, checkCalendar, type CalendarStreamOptions } from './protocols/caldav/calendar-stream.js';
export { type EventAttendee, type EventPayload, type EventPerson, type EventTime } from './protocols/caldav/event-payload.js';
export { ianaZone } from './protocols/caldav/zone-rules.js';
export { syncTokenWalk, type SyncTokenOptions } from './protocols/google/sync-token-walk.js';
export { deltaWalk, graphFailure, type DeltaOptions } from './protocols/graph/delta-walk.js';
export { fileQueue, type FileQueueOptions } from './protocols/sftp/file-queue.js';
export { bySftpReply } from './sftp/sftp-failure.js';
export { type SftpServer } from './sftp/sftp-server.js';
export { fetchMessage, findSent, mailboxWalk, sendMessage, watchMailbox, type MailboxOptions } from './protocols/mail/mailbox.js';
export { type MailPayload } from './protocols/mail/message-payload.js';
