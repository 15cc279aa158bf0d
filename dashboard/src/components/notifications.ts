// Toast notifications for completed and failed actions.
import { notifications } from '@mantine/notifications';

import { messageOf } from '../api/problem';

export function notify(message: string): void {
  notifications.show({ message, color: 'harbour', autoClose: 4000 });
}

export function notifyError(error: unknown): void {
  notifications.show({ message: messageOf(error), color: 'red', autoClose: 8000, role: 'alert' });
}
