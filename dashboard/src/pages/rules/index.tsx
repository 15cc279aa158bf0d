// Rules: the list, the editor and the test page.
import { useRoute } from 'wouter';

import { Editor } from './editor';
import { RuleList } from './rule-list';
import { TestPage } from './test-page';

export default function RulesPage() {
  const [, params] = useRoute('/rules/*?');
  const rest = params?.['*'] ?? '';
  switch (rest) {
    case '':
      return <RuleList />;
    case 'test':
      return <TestPage />;
    case 'new':
      return <Editor key="new" id={null} />;
    default:
      return <Editor key={rest} id={rest} />;
  }
}
