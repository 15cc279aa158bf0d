// Requests permission for browser notifications about pending approvals.
import { Button, Tooltip } from '@mantine/core';
import { IconBellRinging } from '@tabler/icons-react';
import { useState } from 'react';

export function NotifyButton() {
  const supported = 'Notification' in window && window.isSecureContext;
  const [permission, setPermission] = useState(supported ? Notification.permission : 'denied');
  // A given or denied permission can only be changed in the browser’s settings.
  if (permission !== 'default') {
    return null;
  }
  return (
    <Tooltip label="Get a browser notification for new requests while this page is in the background">
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
