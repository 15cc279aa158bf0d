// A download link for the gateway’s CA certificate.
import { Anchor } from '@mantine/core';

export function CertificateLink() {
  return (
    <Anchor href="/v1/gateway/ca" download="onecli-ca.pem" underline="always">
      CA certificate (onecli-ca.pem)
    </Anchor>
  );
}
