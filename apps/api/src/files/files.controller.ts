import { Controller, Get, Inject, Param, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import { recordAudit } from '#hub/governance';
import { readFile } from '#hub/persistence';
import type { Actor, Hub } from '#hub/sync';
import { notFound } from '../problems/problem.js';
import { Allow, CurrentActor } from '../security/allow.decorator.js';
import { HUB } from '../tokens.js';

const MIME = /^[\w.+-]{1,100}\/[\w.+-]{1,100}$/;

@ApiTags('files')
@Controller('files')
export class FilesController {
  constructor(@Inject(HUB) private readonly hub: Hub) {}

  /** The hub's copy of a document, by the `sha256` of an attachment. Audited. */
  @Get(':sha256')
  @Allow('records:reveal')
  @ApiProduces('application/octet-stream')
  @ApiOkResponse({ schema: { type: 'string', format: 'binary' } })
  async read(@CurrentActor() actor: Actor, @Param('sha256') sha256: string): Promise<StreamableFile> {
    const { mime, bytes } = await this.hub.database.inTenant(actor.tenantId, async (tx) => {
      const file = /^[0-9a-f]{64}$/.test(sha256) ? await readFile(tx, sha256) : undefined;
      if (!file) throw notFound('file');
      await recordAudit(tx, {
        actor: { kind: actor.kind, id: actor.id },
        action: 'file.read',
        subject: { kind: 'file', id: sha256 },
        requestId: actor.requestId,
      });
      return file;
    });
    // Never shown in place: a document may be a page with scripts.
    return new StreamableFile(bytes, {
      type: MIME.test(mime) ? mime : 'application/octet-stream',
      disposition: 'attachment',
      length: bytes.length,
    });
  }
}
