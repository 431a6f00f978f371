import { Body, Controller, Get, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { mappingSchemaText, parseMapping } from '#hub/mapping';
import { diffMappings, explainMapping, previewMapping, replayMapping, suggestFor, type Actor, type Hub } from '#hub/sync';
import { MASK } from '../records/mask.js';
import { auditReveal, mayReveal } from '../records/reveal.js';
import { Problem } from '../problems/problem.js';
import { Allow, CurrentActor } from '../security/allow.decorator.js';
import { HUB } from '../tokens.js';
import {
  CheckView,
  DiffDto,
  DiffView,
  ExplainDto,
  ExplainView,
  MappingTextDto,
  PreviewDto,
  PreviewView,
  ReplayDto,
  ReplayView,
  SuggestDto,
  SuggestionView,
} from './mapping.view.js';

/** What a change of a mapping would do, before it does it. All but replay only read. */
@ApiTags('mappings')
@Controller('mapping')
export class MappingInsightController {
  constructor(@Inject(HUB) private readonly hub: Hub) {}

  /** JSON Schema (draft-07) of a mapping file, for editors. */
  @Get('schema')
  @Allow('mappings:read')
  @ApiOkResponse({ type: Object })
  schema(): Record<string, unknown> {
    return JSON.parse(mappingSchemaText()) as Record<string, unknown>;
  }

  /** All faults of a file at once. */
  @Post('check')
  @HttpCode(200)
  @Allow('mappings:read')
  @ApiOkResponse({ type: CheckView })
  check(@Body() { text }: MappingTextDto): CheckView {
    return { faults: parseMapping(text, 'mapping').faults };
  }

  /** What a mapping makes of stored records, problems first. */
  @Post('preview')
  @HttpCode(200)
  @Allow('mappings:read')
  @ApiOkResponse({ type: PreviewView })
  async preview(@CurrentActor() actor: Actor, @Body() { streamId, limit, reveal, ...choice }: PreviewDto): Promise<PreviewView> {
    const { mapping, open, records, outcomes, coverage } = await previewMapping(this.hub, actor, { streamId, choice, limit: limit ?? 20 });
    const hide = await this.hider(actor, { open, streamId, reveal });
    return {
      mapping: `${mapping.name}@${mapping.version}`,
      outcomes,
      coverage,
      records: records.map((record) => ({ ...record, values: mapValues(record.values, hide) })),
    };
  }

  /** Step by step, what a mapping makes of one record. */
  @Post('explain')
  @HttpCode(200)
  @Allow('mappings:read')
  @ApiOkResponse({ type: ExplainView })
  async explain(
    @CurrentActor() actor: Actor,
    @Body() { streamId, externalId, payload, reveal, ...choice }: ExplainDto,
  ): Promise<ExplainView> {
    if ((externalId === undefined) === (payload === undefined))
      throw new Problem(422, 'INVALID_REQUEST', 'say which record: externalId of a stored one, or payload', [
        { pointer: '/externalId', code: 'one', detail: 'give one of externalId and payload' },
      ]);
    const { mapping, open, fields, result } = await explainMapping(this.hub, actor, { streamId, choice, externalId, payload });
    const hide = await this.hider(actor, { open, streamId, reveal });
    return {
      mapping: `${mapping.name}@${mapping.version}`,
      outcome: result.kind,
      failures: result.kind === 'refused' ? result.failures : result.kind === 'mapped' ? result.blocked : [],
      fields: fields.map((field) => ({
        ...field,
        steps: field.steps.map((step) => ({ ...step, value: hide(field.to, step.value) })),
        ...(field.result === undefined ? {} : { result: hide(field.to, field.result) }),
      })),
    };
  }

  /** What would change between two versions, over every stored record. Nothing is written. */
  @Post('diff')
  @HttpCode(200)
  @Allow('mappings:read')
  @ApiOkResponse({ type: DiffView })
  async diff(@CurrentActor() actor: Actor, @Body() body: DiffDto): Promise<DiffView> {
    const { open, records, unchanged, outcomes, fields } = await diffMappings(this.hub, actor, body);
    const hide = await this.hider(actor, { ...body, open });
    const shown = Object.entries(fields).map(([field, { samples, ...counts }]) => [
      field,
      {
        ...counts,
        samples: samples.map(({ externalId, before, after }) => ({ externalId, before: hide(field, before), after: hide(field, after) })),
      },
    ]);
    return { records, unchanged, outcomes, fields: Object.fromEntries(shown) as Record<string, unknown> };
  }

  /** Rules that the stored records would suggest; never applied by themselves. */
  @Post('suggest')
  @HttpCode(200)
  @Allow('records:reveal')
  @ApiOkResponse({ type: SuggestionView })
  suggest(@CurrentActor() actor: Actor, @Body() { streamId, limit }: SuggestDto): Promise<SuggestionView> {
    return suggestFor(this.hub, actor, { streamId, limit: limit ?? 200 });
  }

  /** Maps stored records anew with the live version. */
  @Post('replay')
  @HttpCode(202)
  @Allow('mappings:replay')
  @ApiAcceptedResponse({ type: ReplayView })
  replay(@CurrentActor() actor: Actor, @Body() { streamId, version, confirmOutward }: ReplayDto): Promise<ReplayView> {
    return replayMapping(this.hub, actor, { streamId, version, confirmOutward: confirmOutward ?? false });
  }

  /** Personal values are shown only to those who may reveal them and ask for it; what the mapping calls sensitive counts as such. */
  private async hider(actor: Actor, asked: { open: ReadonlySet<string>; streamId: string; reveal?: boolean }): Promise<Hide> {
    if (mayReveal(actor, { reveal: asked.reveal ? 'true' : undefined })) {
      await this.hub.database.inTenant(actor.tenantId, (tx) => auditReveal(tx, actor, { kind: 'stream', id: asked.streamId }));
      return (_field, value) => value;
    }
    return (field, value) => (asked.open.has(field) || value === null || value === undefined ? value : MASK);
  }
}

type Hide = (field: string, value: unknown) => unknown;

function mapValues(values: Record<string, unknown>, hide: Hide): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([field, value]) => [field, hide(field, value)]));
}
