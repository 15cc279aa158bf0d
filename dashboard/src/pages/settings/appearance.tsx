// How the dashboard looks, on this browser.
import { SegmentedControl, Text, Title, useMantineColorScheme } from '@mantine/core';

import classes from './settings.module.css';

export function Appearance() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <section className={`card ${classes.panel}`}>
      <Title order={2} id="scheme-label">
        Colours
      </Title>
      <Text className="quiet" mb="md">
        For this browser alone.
      </Text>
      <SegmentedControl
        aria-labelledby="scheme-label"
        value={colorScheme}
        onChange={(value) => setColorScheme(value)}
        data={[
          { value: 'auto', label: 'As the system' },
          { value: 'light', label: 'Light' },
          { value: 'dark', label: 'Dark' },
        ]}
      />
    </section>
  );
}
