import { IsInt, Max, Min } from 'class-validator';

export class IndeedApplySettings {
  /** Days within which an application of the same person for the same job is a duplicate. Indeed counts 120. */
  @IsInt()
  @Min(1)
  @Max(3_650)
  duplicateDays: number = 120;
}
