// The colour scheme of the dashboard in this browser.
import { SegmentedControl, Text, Title, useMantineColorScheme } from '@mantine/core';

import classes from './settings.module.css';

export function Appearance() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <section className={`card ${classes.panel}`}>
      <Title order={2} id="scheme-label">
        Colour scheme
      </Title>
      <Text className="quiet" mb="md">
        Applies to this browser only.
      </Text>
      <SegmentedControl
        aria-labelledby="scheme-label"
        value={colorScheme}
        onChange={(value) => setColorScheme(value)}
        data={[
          { value: 'auto', label: 'System' },
          { value: 'light', label: 'Light' },
          { value: 'dark', label: 'Dark' },
        ]}
      />
    </section>
  );
}
