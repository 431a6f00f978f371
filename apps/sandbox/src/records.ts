/** The wire shapes of the simulated ATS, as its public description has them; times are ISO texts in UTC. */
export interface Contact {
  value: string;
  type: 'Personal' | 'Work' | 'Other';
  isPrimary: boolean;
}
export interface Source {
  id: string;
  title: string;
  isArchived: boolean;
}
export interface User {
  id: string;
  firstName: string;
  lastName: string;
  email: string;
  globalRole: string;
  isEnabled: boolean;
  updatedAt: string;
}
export interface Candidate {
  id: string;
  name: string;
  createdAt: string;
  updatedAt: string;
  primaryEmailAddress?: Contact;
  emailAddresses: Contact[];
  primaryPhoneNumber?: Contact;
  phoneNumbers: Contact[];
  socialLinks: { type: string; url: string }[];
  tags: { id: string; title: string; isArchived: boolean }[];
  position?: string;
  company?: string;
  timezone?: string;
  applicationIds: string[];
  /** Handles are made anew for every answer. */
  resumeFileHandle?: FileHandle;
  fileHandles: FileHandle[];
  customFields: unknown[];
  profileUrl: string;
  source?: Source;
}
export interface FileHandle {
  id: string;
  name: string;
  handle: string;
}
export interface Job {
  id: string;
  title: string;
  confidential: boolean;
  status: string;
  employmentType: string;
  defaultInterviewPlanId: string;
  interviewPlanIds: string[];
  customFields: unknown[];
  jobPostingIds: string[];
  hiringTeam: { email: string; firstName: string; lastName: string; role: string; userId: string }[];
  createdAt: string;
  updatedAt: string;
  openedAt?: string;
  closedAt?: string;
}
export interface Plan {
  id: string;
  title: string;
  isArchived: boolean;
  createdAt: string;
  updatedAt: string;
}
export interface Stage {
  id: string;
  title: string;
  type: string;
  orderInInterviewPlan: number;
  interviewPlanId: string;
}
export interface ArchiveReason {
  id: string;
  text: string;
  reasonType: string;
  isArchived: boolean;
  customFields: unknown[];
}
export interface StageVisit {
  id: string;
  stageId: string;
  title: string;
  enteredStageAt: string;
  leftStageAt?: string;
  stageNumber: number;
  allowedActions: string[];
}
/** Stored without the candidate's and the job's data, which a view adds. */
export interface Application {
  id: string;
  createdAt: string;
  updatedAt: string;
  status: string;
  candidateId: string;
  jobId: string;
  currentInterviewStage: Stage;
  archiveReason?: ArchiveReason;
  archivedAt?: string;
  source?: Source;
  history: StageVisit[];
}
export interface Interviewer extends User {
  /** The description names no value for a trained interviewer, and allows no null. */
  trainingRole: 'Shadow' | 'Reverse-Shadow';
  interviewerPool: null;
  isFeedbackRequired: boolean;
}
export interface InterviewEvent {
  id: string;
  interviewId: string;
  interviewScheduleId: string;
  interviewerUserIds: string[];
  interviewers: Interviewer[];
  createdAt: string;
  updatedAt: string;
  startTime: string;
  endTime: string;
  feedbackLink: string;
  location: string | null;
  meetingLink: string | null;
  hasSubmittedFeedback: boolean;
  extraData: Record<string, unknown>;
}
export interface InterviewSchedule {
  id: string;
  status: string;
  applicationId: string;
  interviewStageId: string;
  createdAt: string;
  updatedAt: string;
  interviewEvents: InterviewEvent[];
}
export interface ApiKey {
  key: string;
  name: string;
  permissions: string[];
  createdAt: string;
}
export interface Write {
  seq: number;
  at: string;
  endpoint: string;
  id: string;
  key: string;
  writeId?: string;
}
export interface BadRecord {
  resource: Resource;
  id: string;
  kind: string;
}
export interface Tables {
  candidate: Candidate;
  job: Job;
  application: Application;
  interviewPlan: Plan;
  interviewStage: Stage;
  interviewSchedule: InterviewSchedule;
}
export type Resource = keyof Tables;
export const RESOURCES: readonly Resource[] = ['candidate', 'job', 'application', 'interviewPlan', 'interviewStage', 'interviewSchedule'];
