import { Notification } from '@jupyterlab/apputils';
import { tell } from './tell';

it.each<[unknown, string]>([
  [new Error('The disk is full.'), 'The disk is full.'],
  ['Nothing is selected.', 'Nothing is selected.']
])('shows %s', (what, said) => {
  tell(what, 'warning');
  const [notification] = Notification.manager.notifications;
  expect([notification.message, notification.type]).toEqual([said, 'warning']);
  // Zero would leave it beside the bell, unseen.
  expect(notification.options.autoClose).toBeGreaterThan(0);
});
