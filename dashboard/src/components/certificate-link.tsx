// The gateway's CA certificate, to be saved.
import { Anchor } from '@mantine/core';

export function CertificateLink() {
  return (
    <Anchor href="/v1/gateway/ca" download="onecli-ca.pem" underline="always">
      CA certificate (onecli-ca.pem)
    </Anchor>
  );
}
