/** Injection token of the use cases of enrolment (`Enrolments` of @org/enrolment). */
export const ENROLMENTS = Symbol('ENROLMENTS');
