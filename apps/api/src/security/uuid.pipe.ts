import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { Problem } from '../problems/problem.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** An id in the path; anything else is said with its pointer, before a statement sees it. */
@Injectable()
export class UuidPipe implements PipeTransform<string, string> {
  transform(value: string, { data }: ArgumentMetadata): string {
    if (UUID.test(value)) return value.toLowerCase();
    throw new Problem(422, 'INVALID_REQUEST', `${data} must be a UUID`, [
      { pointer: `/${data}`, code: 'uuid', detail: 'an id as a list gives it' },
    ]);
  }
}
