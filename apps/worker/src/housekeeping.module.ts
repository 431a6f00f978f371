import { Module, type DynamicModule } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { Housekeeping, HOUSEKEEPING, type HousekeepingInput } from './housekeeping.js';

@Module({})
export class HousekeepingModule {
  static with(input: HousekeepingInput): DynamicModule {
    return {
      module: HousekeepingModule,
      imports: [ScheduleModule.forRoot()],
      providers: [{ provide: HOUSEKEEPING, useValue: input }, Housekeeping],
    };
  }
}
