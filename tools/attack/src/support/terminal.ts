/** Clears the screen, sets the title, turns red by C1, moves right to left; ends a line and begins another. */
export const HOSTILE = 'evil\u001b[2J\u001b]0;owned\u0007\u009b31m\u202e\r\n{"level":"info","msg":"forged"}';

/** What no terminal may get: control characters besides tabs and ends of lines, C1, marks of direction. */
export const COMMANDS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u2028\u2029]/;
