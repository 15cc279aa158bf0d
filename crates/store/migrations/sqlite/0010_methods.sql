-- A rule names one method or several: names with commas between. One alone is written as before.

ALTER TABLE rules RENAME COLUMN method TO methods;
