import type { FieldType } from './field-types.js';
import type { ObjectName } from './objects.js';

export type FieldClass = 'public' | 'contact' | 'sensitive' | 'eeo' | 'secret';
export interface FieldDefinition {
  type: FieldType;
  class: FieldClass;
}
export interface ObjectDefinition {
  fields: Record<string, FieldDefinition>;
  /** At least one of these must be present. */
  needsOneOf: readonly string[];
  /** Two instants of which the second never lies before the first. */
  span?: readonly [start: string, end: string];
  parents: readonly ObjectName[];
  refPrefix?: 'J' | 'C' | 'A';
}

export const STAGE_BUCKETS = ['SOURCED', 'NEW', 'REVIEW', 'ASSESSMENT', 'INTERVIEW', 'OFFER', 'BACKGROUND_CHECK', 'HIRED'] as const;
export const OUTCOMES = ['ACTIVE', 'HIRED', 'REJECTED', 'WITHDRAWN', 'CONVERTED'] as const;
export const INTERVIEW_STATUSES = [
  'REQUESTED',
  'SCHEDULED',
  'RESCHEDULED',
  'CANCELLED',
  'AWAITING_FEEDBACK',
  'COMPLETE',
  'NO_SHOW',
] as const;

const ASSESSMENT_STATUSES = ['INVITED', 'STARTED', 'COMPLETE', 'CANCELLED', 'EXPIRED', 'DISPUTED'] as const;

const text: FieldType = { kind: 'text' };
const instant: FieldType = { kind: 'instant' };
const url: FieldType = { kind: 'url' };
const integer: FieldType = { kind: 'integer' };
const number: FieldType = { kind: 'number' };
const boolean: FieldType = { kind: 'boolean' };
const words = (...values: string[]): FieldType => ({ kind: 'enum', values });
const object = (fields: Record<string, FieldType>): FieldType => ({ kind: 'object', fields });
const setOf = (of: FieldType, key?: string): FieldType => ({ kind: 'set', of, key });
const listOf = (of: FieldType): FieldType => ({ kind: 'list', of });
const shown = (type: FieldType): FieldDefinition => ({ type, class: 'public' });
const contact = (type: FieldType): FieldDefinition => ({ type, class: 'contact' });

const location = object({ raw: text, street: text, city: text, region: text, postal: text, country: text });
const stage = object({ bucket: words(...STAGE_BUCKETS), name: text, externalId: text });
const person = object({ email: { kind: 'email' }, name: text });
const emails = setOf(
  object({ value: { kind: 'email' }, type: words('PERSONAL', 'WORK', 'OTHER'), primary: boolean, verified: boolean }),
  'value',
);
const phones = setOf(
  object({ raw: text, e164: { kind: 'phone' }, type: words('MOBILE', 'WORK', 'HOME', 'OTHER'), primary: boolean }),
  'e164',
);
const attachments = setOf(object({ filename: text, url, mime: text, size: integer, sha256: text, kind: text }));
const customFields = setOf(
  object({ key: text, type: words('TEXT', 'NUMBER', 'BOOLEAN', 'DATE', 'INSTANT', 'URL', 'EMAIL', 'PHONE'), value: { kind: 'scalar' } }),
  'key',
);
const period = object({ organisation: text, title: text, startDate: { kind: 'date' }, endDate: { kind: 'date' } });

/** The canonical objects, field by field (domain.md §3.3). A parent is named by a mapping's `parents`, never by a field. */
export const OBJECTS: Record<ObjectName, ObjectDefinition> = {
  candidate: {
    refPrefix: 'C',
    parents: [],
    needsOneOf: ['firstName', 'lastName', 'displayName'],
    fields: {
      firstName: contact(text),
      lastName: contact(text),
      displayName: contact(text),
      emails: contact(emails),
      phones: contact(phones),
      social: contact(setOf(object({ kind: text, url, username: text }), 'url')),
      headline: shown(text),
      currentCompany: shown(text),
      currentTitle: shown(text),
      location: contact(location),
      timeZone: shown({ kind: 'zone' }),
      languages: shown(setOf(text)),
      educations: shown(listOf(period)),
      employments: shown(listOf(period)),
      tags: shown(setOf(text)),
      source: shown(object({ name: text, type: text, medium: text })),
      confidential: shown(boolean),
      canEmail: shown(boolean),
      doNotContact: shown(object({ sms: boolean, email: boolean, call: boolean })),
      consents: shown(
        setOf(
          object({
            purpose: words('STORE', 'PROCESS', 'RETENTION', 'DEMOGRAPHIC'),
            givenAt: instant,
            expiresAt: instant,
            policyId: text,
            source: text,
          }),
        ),
      ),
      desiredSalary: contact(object({ amount: number, currency: text })),
      attachments: contact(attachments),
      customFields: contact(customFields),
      status: shown(words('ACTIVE', 'MERGED', 'ANONYMISED', 'DELETED')),
    },
  },
  client: {
    parents: ['client'],
    needsOneOf: ['name'],
    fields: {
      name: shown(text),
      domain: shown(text),
      externalCode: shown(text),
      contacts: contact(setOf(object({ name: text, email: { kind: 'email' }, phone: { kind: 'phone' }, role: text }), 'email')),
      billingTerms: shown(text),
    },
  },
  job: {
    refPrefix: 'J',
    parents: ['client'],
    needsOneOf: ['title'],
    fields: {
      title: shown(text),
      status: shown(words('DRAFT', 'PENDING_APPROVAL', 'OPEN', 'ON_HOLD', 'FILLED', 'CLOSED', 'ARCHIVED')),
      visibility: shown(words('PUBLIC', 'INTERNAL', 'UNLISTED', 'CONFIDENTIAL')),
      requisitionCode: shown(text),
      department: shown(text),
      offices: shown(setOf(text)),
      employmentType: shown(text),
      workplace: shown(words('ONSITE', 'HYBRID', 'REMOTE')),
      locations: shown(setOf(location)),
      openingsTotal: shown(integer),
      openingsOpen: shown(integer),
      salary: shown(object({ min: number, max: number, currency: text, period: text })),
      hiringTeam: contact(
        setOf(
          object({
            userId: text,
            email: { kind: 'email' },
            name: text,
            role: words('HIRING_MANAGER', 'RECRUITER', 'COORDINATOR', 'SOURCER', 'INTERVIEWER'),
          }),
        ),
      ),
      descriptionHtml: shown(text),
      openedAt: shown(instant),
      closedAt: shown(instant),
      customFields: contact(customFields),
      screeningQuestions: shown(listOf(object({ id: text, text, type: text }))),
    },
  },
  application: {
    refPrefix: 'A',
    parents: ['candidate', 'job', 'client'],
    needsOneOf: ['outcome'],
    fields: {
      kind: shown(words('APPLICATION', 'PROSPECT', 'SUBMISSION')),
      appliedAt: shown(instant),
      source: shown(text),
      referrer: shown(text),
      creditedTo: shown(text),
      stage: shown(stage),
      stageEnteredAt: shown(instant),
      outcome: shown(words(...OUTCOMES)),
      outcomeAt: shown(instant),
      rejectReason: shown(text),
      rejectSide: shown(words('EMPLOYER', 'CANDIDATE', 'OTHER')),
      answers: { type: listOf(object({ questionId: text, questionText: text, type: text, value: text })), class: 'sensitive' },
      openingId: shown(text),
      customFields: contact(customFields),
    },
  },
  stage: {
    parents: ['job'],
    needsOneOf: ['name'],
    fields: {
      name: shown(text),
      bucket: shown(words(...STAGE_BUCKETS)),
      order: shown(integer),
      vendorType: shown(text),
      pipelineId: shown(text),
      active: shown(boolean),
    },
  },
  transition: {
    parents: ['application'],
    needsOneOf: ['toStage'],
    fields: {
      fromStage: shown(stage),
      toStage: shown(stage),
      enteredAt: shown(instant),
      leftAt: shown(instant),
      actor: shown(text),
      inferred: shown(boolean),
    },
  },
  interview: {
    parents: ['application', 'stage'],
    needsOneOf: ['status'],
    span: ['startsAt', 'endsAt'],
    fields: {
      status: shown(words(...INTERVIEW_STATUSES)),
      title: shown(text),
      round: shown(text),
      startsAt: shown(instant),
      endsAt: shown(instant),
      timeZone: shown({ kind: 'zone' }),
      localStart: shown(text),
      allDay: shown(boolean),
      location: shown(text),
      conferenceUrl: shown(url),
      organizer: contact(person),
      attendees: contact(setOf(object({ email: { kind: 'email' }, name: text, role: text, partstat: text }), 'email')),
      calendarUid: shown(text),
      sequence: shown(integer),
    },
  },
  communication: {
    parents: ['candidate', 'application', 'job', 'client'],
    needsOneOf: ['kind'],
    fields: {
      kind: shown(words('EMAIL', 'SMS', 'CALL', 'NOTE')),
      direction: shown(words('IN', 'OUT')),
      occurredAt: shown(instant),
      from: contact(text),
      to: contact(listOf(text)),
      cc: contact(listOf(text)),
      subject: contact(text),
      bodyText: contact(text),
      bodyHtml: contact(text),
      visibility: shown(words('PUBLIC', 'PRIVATE', 'ADMIN')),
      providerId: shown(text),
      email: contact(
        object({
          messageId: text,
          inReplyTo: text,
          references: listOf(text),
          mailbox: text,
          uidValidity: integer,
          uid: integer,
          threadKey: text,
        }),
      ),
      sms: shown(object({ sid: text, segments: integer, status: text, errorCode: text })),
      call: shown(object({ sid: text, durationMs: integer, recordingRef: text })),
      attachments: contact(attachments),
    },
  },
  assessment: {
    parents: ['candidate', 'application'],
    needsOneOf: ['status'],
    fields: {
      status: shown(words(...ASSESSMENT_STATUSES)),
      vendor: shown(text),
      testId: shown(text),
      testName: shown(text),
      invitationId: shown(text),
      score: shown(number),
      maxScore: shown(number),
      reportUrl: shown(url),
      invitedAt: shown(instant),
      completedAt: shown(instant),
    },
  },
};

/** A field's definition; own properties only, so that a word such as `constructor` names no field. */
export function fieldOf(object: ObjectName, field: string): FieldDefinition | undefined {
  const { fields } = OBJECTS[object];
  return Object.hasOwn(fields, field) ? fields[field] : undefined;
}
