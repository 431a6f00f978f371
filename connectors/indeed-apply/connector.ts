import { defineConnector, knownSenders, none, receivedStream } from '#hub/connector-sdk';
import { receiveApplication } from './receive-application.js';
import { IndeedApplySettings } from './settings.js';

/** Indeed Apply: Indeed posts each application to us, and our answer steers what it does next. */
export const indeedApply = defineConnector<IndeedApplySettings>({
  id: 'indeed-apply',
  name: 'Indeed Apply',
  category: 'job-board',
  settings: IndeedApplySettings,
  auth: none(),
  throttle: { perSecond: 10 },
  account: () => 'indeed-apply',
  classify: () => 'BUG',
  check: async () => [{ name: 'inbox', ok: true, detail: 'Indeed calls us: post a test application to the address of this connection' }],
  streams: {
    applicants: receivedStream({ entity: 'candidate' }),
    applications: receivedStream({ entity: 'application', after: ['applicants'] }),
  },
  partnerApi: { verify: knownSenders.indeed.verify, routes: { 'POST /applications': receiveApplication } },
});
