ALTER TABLE secrets RENAME COLUMN stand_in TO placeholder;
