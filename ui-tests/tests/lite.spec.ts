import { environment, expect, test } from './fixtures';

test('without a server the panel reads the bucket directly @lite', async ({
  lab
}) => {
  const asked: string[] = [];
  lab.page.on('request', request => asked.push(request.url()));
  await lab.openPanel();
  await expect(lab.row('hst')).toBeVisible();
  await lab.go('hst/public/ibg7/ibg705080/ibg705081_drz.fits');
  await expect(lab.row('ibg705081_drz.fits')).toHaveAttribute(
    'aria-selected',
    'true'
  );
  expect(
    asked.some(url => url.startsWith(`${environment.sample.endpoint}/`))
  ).toBe(true);
  expect(asked.filter(url => url.includes('/jupyterlab-mast/archive'))).toEqual(
    []
  );
});
