import assert from 'node:assert/strict';
import { validateSettings } from '../../validate-settings.js';
import type { Connector } from '../../connector.js';
import type { Kit } from '../harness.js';
import { secretsOf, type Check } from './check.js';

const EFFECTS = ['silent', 'notifies-a-person', 'legally-binding', 'moves-money'];
const streamsOf = ({ connector }: Kit) => Object.entries(connector.streams);
const limitOf = ({ connector, server }: Kit) => {
  const settings = validateSettings(connector.settings as new () => object, server.settings('https://vendor.example'));
  return (typeof connector.throttle === 'function' ? connector.throttle(settings) : connector.throttle) as {
    perSecond: number;
    concurrent?: number;
  };
};

/** What a connector declares, before any call. */
export const definitionChecks: Check[] = [
  {
    name: 'a parent stream is one of its own, and no stream waits for itself',
    async run(kit) {
      for (const [name] of streamsOf(kit)) assert.ok(!ancestors(kit.connector, name).includes(name), `${name} waits for itself`);
    },
  },
  {
    name: 'every effect is one of the known ones',
    async run(kit) {
      for (const [name, { push }] of streamsOf(kit)) assert.ok(!push || EFFECTS.includes(push.effect), name);
    },
  },
  {
    name: 'a stream that creates says how a lost create is found again, and how soon',
    async run(kit) {
      for (const [name, { push }] of streamsOf(kit)) {
        if (!push?.create) continue;
        assert.ok(push.find.visibleWithinMs >= 0, name);
        const { by, search, alike } = push.find;
        assert.equal(by === 'writeId', search !== undefined, `${name}: find.by and find.search disagree`);
        assert.equal(by === 'naturalKey', alike !== undefined, `${name}: find.by and find.alike disagree`);
      }
    },
  },
  {
    name: 'the budget is positive',
    async run(kit) {
      const { perSecond, concurrent = 1 } = limitOf(kit);
      assert.ok(perSecond > 0 && concurrent > 0);
    },
  },
  {
    name: 'the vendor account is the same for the same settings, and tells no credential',
    async run(kit) {
      const { connector, server } = kit;
      const account = () =>
        connector.account(validateSettings(connector.settings as new () => object, server.settings('https://vendor.example'))) as string;
      assert.equal(account(), account());
      for (const secret of secretsOf(kit)) assert.ok(!account().includes(secret));
    },
  },
];

function ancestors({ streams }: Connector, name: string, path: string[] = []): string[] {
  return (streams[name].after ?? []).flatMap((parent) => {
    assert.ok(Object.hasOwn(streams, parent), `${name} waits for ${parent}, which is no stream`);
    return path.includes(parent) ? [parent] : [parent, ...ancestors({ streams } as Connector, parent, [...path, parent])];
  });
}
