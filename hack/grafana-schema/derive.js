// Derive the JSON schemas of classic dashboards from the types that Grafana publishes (@grafana/schema, Apache-2.0).
// npm ci && npm run derive     writes tests/dashboards/grafana-schema.json; needed only when the pinned version changes
import { readFileSync, writeFileSync } from 'node:fs';
import { createGenerator } from 'ts-json-schema-generator';

const here = new URL('.', import.meta.url).pathname;
const target = `${here}../../tests/dashboards/grafana-schema.json`;
const { version } = JSON.parse(readFileSync(`${here}node_modules/@grafana/schema/package.json`, 'utf8'));

const schema = createGenerator({
  path: `${here}types.ts`,
  tsconfig: `${here}tsconfig.json`,
  type: 'Schemas',
  expose: 'none',
  jsDoc: 'none',
  additionalProperties: false,
}).createSchema('Schemas');

schema.$comment =
  `Derived from the types of @grafana/schema ${version}, Copyright Grafana Labs, Apache License 2.0 ` +
  '(https://www.apache.org/licenses/LICENSE-2.0); the documentation was left out. Written by hack/grafana-schema.';
writeFileSync(target, JSON.stringify(schema, null, 1) + '\n');
console.log(`tests/dashboards/grafana-schema.json: derived from @grafana/schema ${version}`);
