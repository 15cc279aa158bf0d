// Settings: project, API keys, gateway, encryption, retention, audit log, appearance and about.
import { useRoute } from 'wouter';

import { PageHeader } from '../../components/page-header';
import { TabLinks } from '../../components/tab-links';
import { NotFound } from '../../shell/not-found';
import { About } from './about';
import { ApiKeys } from './api-keys';
import { Appearance } from './appearance';
import { Audit } from './audit';
import { Encryption } from './encryption';
import { Gateway } from './gateway';
import { Project } from './project';
import { Retention } from './retention';

const SECTIONS = [
  { name: 'project', label: 'Project', Section: Project },
  { name: 'keys', label: 'API keys', Section: ApiKeys },
  { name: 'gateway', label: 'Gateway', Section: Gateway },
  { name: 'encryption', label: 'Encryption', Section: Encryption },
  { name: 'retention', label: 'Retention', Section: Retention },
  { name: 'audit', label: 'Audit log', Section: Audit },
  { name: 'appearance', label: 'Appearance', Section: Appearance },
  { name: 'about', label: 'About', Section: About },
] as const;

export default function SettingsPage() {
  const [, params] = useRoute('/settings/*?');
  const wanted = params?.['*'] ?? '';
  const section = SECTIONS.find((one) => one.name === (wanted === '' ? 'project' : wanted));
  if (section === undefined) {
    return <NotFound />;
  }
  const { Section } = section;
  return (
    <>
      <PageHeader title="Settings" />
      <TabLinks
        label="Settings"
        tabs={SECTIONS.map(({ name, label }) => ({ path: name === 'project' && wanted === '' ? '/settings' : `/settings/${name}`, label }))}
      />
      <Section />
    </>
  );
}
