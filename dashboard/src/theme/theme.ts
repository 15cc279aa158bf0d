// The look: colours, type and shapes, as the component library takes them. The reasons are in README.md.
import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

/** Harbour green: calm, and far from every verdict's colour. */
const harbour: MantineColorsTuple = [
  '#e8f6f4',
  '#d3ebe8',
  '#a5d7d1',
  '#74c2b9',
  '#4db0a6',
  '#2f9d93',
  '#138a80',
  '#0b6e69',
  '#085a56',
  '#054642',
];

/** Ink: a cool grey for text, lines and dark surfaces. */
const ink: MantineColorsTuple = [
  '#f5f7f8',
  '#e8ecee',
  '#d3dadd',
  '#adb9be',
  '#82929a',
  '#5d6e77',
  '#46555d',
  '#323f46',
  '#212b31',
  '#141b20',
];

/** Dark surfaces, from text to the deepest background. */
const dark: MantineColorsTuple = [
  '#dfe6e9',
  '#b9c5cb',
  '#93a2aa',
  '#6d7f88',
  '#3a4850',
  '#2b373e',
  '#212b31',
  '#182025',
  '#12191d',
  '#0c1215',
];

export const theme = createTheme({
  primaryColor: 'harbour',
  primaryShade: { light: 7, dark: 6 },
  colors: { harbour, ink, dark, gray: ink },
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', 'Cascadia Mono', 'DejaVu Sans Mono', monospace",
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.9375rem', lg: '1.0625rem', xl: '1.25rem' },
  headings: {
    fontWeight: '620',
    sizes: {
      h1: { fontSize: '1.5rem', lineHeight: '1.25' },
      h2: { fontSize: '1.125rem', lineHeight: '1.35' },
      h3: { fontSize: '0.9375rem', lineHeight: '1.4' },
    },
  },
  defaultRadius: 'md',
  radius: { xs: '3px', sm: '5px', md: '8px', lg: '12px', xl: '20px' },
  cursorType: 'pointer',
  respectReducedMotion: true,
  autoContrast: true,
  luminanceThreshold: 0.36,
  components: {
    Button: { defaultProps: { size: 'sm' } },
    TextInput: { defaultProps: { size: 'sm' } },
    Tooltip: { defaultProps: { openDelay: 350, withArrow: true, events: { hover: true, focus: true, touch: true } } },
    Modal: { defaultProps: { centered: true, radius: 'lg', closeButtonProps: { 'aria-label': 'Close' } } },
    Drawer: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } },
    Anchor: { defaultProps: { underline: 'hover' } },
  },
});

/** Colours that have a meaning here, for both schemes; each pair of text and surface reaches AA. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--surface': '#ffffff',
    '--surface-raised': '#ffffff',
    '--surface-sunken': '#f3f6f6',
    '--line': '#dde4e6',
    '--text': '#18221f',
    '--text-quiet': '#53636b',
    '--brand': '#0b6e69',
    '--brand-soft': '#e3f3f1',
    '--allowed': '#1c7a45',
    '--allowed-soft': '#e2f4e9',
    '--blocked': '#b3261e',
    '--blocked-soft': '#fbe7e5',
    '--held': '#8a5a00',
    '--held-soft': '#fdf0d5',
    '--limited': '#7340b8',
    '--limited-soft': '#f0e8fb',
    '--failed': '#a8480f',
    '--failed-soft': '#fceadf',
    '--mantine-color-body': '#fafbfb',
    '--mantine-color-text': '#18221f',
    '--mantine-color-dimmed': '#53636b',
    '--mantine-color-placeholder': '#66757c',
    '--mantine-color-error': '#b3261e',
    '--mantine-color-anchor': '#0a625d',
  },
  dark: {
    '--surface': '#151d21',
    '--surface-raised': '#1b252a',
    '--surface-sunken': '#0f1619',
    '--line': '#2b373e',
    '--text': '#e3eaec',
    '--text-quiet': '#9fb0b7',
    '--brand': '#56bdb2',
    '--brand-soft': '#12302e',
    '--allowed': '#6cd199',
    '--allowed-soft': '#12301f',
    '--blocked': '#ff9a92',
    '--blocked-soft': '#3b1a18',
    '--held': '#f4c164',
    '--held-soft': '#352812',
    '--limited': '#c9a6f5',
    '--limited-soft': '#2b2040',
    '--failed': '#ffab7d',
    '--failed-soft': '#3a2114',
    '--mantine-color-body': '#10171a',
    '--mantine-color-text': '#e3eaec',
    '--mantine-color-dimmed': '#9fb0b7',
    '--mantine-color-placeholder': '#8496a0',
    '--mantine-color-error': '#ff9a92',
    '--mantine-color-anchor': '#63c9be',
  },
});
