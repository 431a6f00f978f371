import { Injectable } from '@nestjs/common';

/** False for new work once the process was told to end. */
@Injectable()
export class Readiness {
  draining = false;
}
