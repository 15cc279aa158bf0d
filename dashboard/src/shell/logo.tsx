// The logo: a gate with a keyhole.

export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden>
      <rect width="32" height="32" rx="8" fill="#0b6e69" />
      <path d="M7 25V14.5a9 9 0 0 1 18 0V25" fill="none" stroke="#fff" strokeWidth="3" strokeLinecap="round" />
      <circle cx="16" cy="15.5" r="3" fill="#ffc65c" />
      <path d="M16 17v8" stroke="#ffc65c" strokeWidth="3" strokeLinecap="round" />
    </svg>
  );
}
