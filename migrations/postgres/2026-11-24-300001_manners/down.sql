DROP TABLE marks;
DROP TABLE reminders;
DROP TABLE request_seats;
