import { ArrayMaxSize, ArrayNotEmpty, IsArray, IsUrl, Matches } from 'class-validator';

export class GreenhouseAssessmentSettings {
  /** The tests that Greenhouse may send, each as `id: name`. */
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(500)
  @Matches(/^[\w.-]{1,100}: .{1,200}$/, { each: true, message: 'tests must each be an id and a name, such as "sql-1: SQL for analysts"' })
  tests: string[];

  /** Where Greenhouse is told that a test has news; another one only for a simulator. */
  @IsUrl({ require_tld: false, require_protocol: true, protocols: ['http', 'https'], disallow_auth: true })
  apiUrl: string = 'https://app.greenhouse.io';
}
