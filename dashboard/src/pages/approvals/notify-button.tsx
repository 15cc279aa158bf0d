// Asks the browser whether it may tell when something waits.
import { Button, Tooltip } from '@mantine/core';
import { IconBellRinging } from '@tabler/icons-react';
import { useState } from 'react';

export function NotifyButton() {
  const supported = 'Notification' in window && window.isSecureContext;
  const [permission, setPermission] = useState(supported ? Notification.permission : 'denied');
  // Once answered, only the browser's own settings change it.
  if (permission !== 'default') {
    return null;
  }
  return (
    <Tooltip label="A notification when a request waits and this page is in the background">
      <Button
        variant="default"
        leftSection={<IconBellRinging size={16} />}
        onClick={() => void Notification.requestPermission().then(setPermission)}
      >
        Notify me
      </Button>
    </Tooltip>
  );
}
