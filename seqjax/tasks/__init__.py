"""What is learnt: sequence tasks, the networks that learn them, and their tests."""

from seqjax.tasks.adding import AddingTask as AddingTask
from seqjax.tasks.copying import CopyingTask as CopyingTask
from seqjax.tasks.discriminators import BatchNormDiscriminator as BatchNormDiscriminator
from seqjax.tasks.discriminators import Discriminator as Discriminator
from seqjax.tasks.discriminators import GatedDiscriminator as GatedDiscriminator
from seqjax.tasks.discriminators import PlainDiscriminator as PlainDiscriminator
from seqjax.tasks.frequency import SAMPLINGS as SAMPLINGS
from seqjax.tasks.frequency import Sampling as Sampling
from seqjax.tasks.frequency import Waves as Waves
from seqjax.tasks.frequency_task import FrequencyTask as FrequencyTask
from seqjax.tasks.language import LanguageTask as LanguageTask
from seqjax.tasks.memory import MEMORY_TASKS as MEMORY_TASKS
from seqjax.tasks.memory import MemoryTask as MemoryTask
from seqjax.tasks.network import Network as Network
from seqjax.tasks.palindrome_task import PalindromeTask as PalindromeTask
from seqjax.tasks.recall import RecallTask as RecallTask
from seqjax.tasks.trial import Score as Score
from seqjax.tasks.trial import Trainable as Trainable
from seqjax.tasks.trial import Trial as Trial
