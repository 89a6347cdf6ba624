import { serverHas } from './serverparts';

it.each([
  ['{"transfers":true,"quota":false}', true, false],
  ['{"quota":true}', false, true],
  ['{"transfers":"yes","quota":1}', false, false],
  ['null', false, false],
  ['no JSON', false, false],
  ['', false, false]
])('%s', (option, transfers, quota) => {
  expect([serverHas('transfers', option), serverHas('quota', option)]).toEqual([
    transfers,
    quota
  ]);
});
