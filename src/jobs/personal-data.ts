import type { DeadlineJob, JobData, MailJob, QueueName, RegistrationJob } from './payloads.ts';
import type { Registration } from '../ingest/registration.ts';
import type { StepContext } from '../rules/steps/effects.ts';

/** A registration in ids: neither what the person typed nor where they came from. */
export function bareRegistration(registration: Registration): Registration {
  return { ...registration, username: null, email: null, firstName: null, lastName: null, ip: null };
}

export function bareContext(context: StepContext): StepContext {
  return { ...context, registration: bareRegistration(context.registration), person: null };
}

/**
 * A job's data as it may stay in Redis after the job is finished or given up. If an operator has such a job tried
 * again, it reads what it needs from Keycloak.
 */
export function withoutPersonalData<Name extends QueueName>(queue: Name, data: JobData[Name]): JobData[Name] {
  const bare: { readonly [Each in QueueName]: (given: JobData[Each]) => JobData[Each] } = {
    registrations: bareRegistrationJob,
    deadlines: bareDeadline,
    mail: bareMail,
    confirmations: (given) => given,
    outcomes: (given) => given,
    webhooks: (given) => given,
  };
  return bare[queue](data);
}

function bareRegistrationJob({ registration, progress, ...rest }: RegistrationJob): RegistrationJob {
  return {
    ...rest,
    registration: bareRegistration(registration),
    ...(progress === undefined ? {} : { progress: { ...progress, person: null } }),
    bare: true,
  };
}

function bareDeadline(job: DeadlineJob): DeadlineJob {
  return job.kind === 'delayed-step' ? { ...job, context: bareContext(job.context), bare: true } : job;
}

function bareMail(job: MailJob): MailJob {
  return job.kind === 'person' ? { ...job, to: { ...job.to, address: '' } } : job;
}
